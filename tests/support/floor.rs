//! The floor that an analysis is measured against: the same entries, only inflated, with the same
//! backend and the same buffers.

use dunwatch::anomaly::Anomalies;
use dunwatch::app::{App, Part};
use dunwatch::container::Container;
use dunwatch::limits::{Budget, Limits};

/// Inflates manifest, resources and code of an app, and returns how many bytes that gave.
pub fn inflate(bytes: &[u8]) -> usize {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    let Ok(container) = Container::open(bytes, &limits, &mut anomalies) else {
        return 0;
    };
    let mut app = App::new(container, &limits, &mut anomalies);
    let mut total = 0usize;
    let mut add = |part: &Part<'_>| {
        if let Part::Data(data) = part {
            total = total.saturating_add(std::hint::black_box(data).len());
        }
    };
    add(&app.manifest(&limits, &mut budget, &mut anomalies));
    add(&app.resources(&limits, &mut budget, &mut anomalies));
    for name in app.code().to_vec() {
        let part = app.read(&name, &limits, &mut budget, &mut anomalies);
        add(&part);
        if let Part::Data(data) = part {
            app.reader().1.recycle(data);
        }
    }
    total
}
