//! Workers and the writer.
//!
//! Each worker takes the next input, examines it and sends the record to the writer, which is the
//! calling thread. The writer puts the records into the order of the inputs and appends them. An
//! input is only taken when fewer than [`WINDOW`] per thread are between the two, so that a slow
//! one cannot make records pile up behind it.
//!
//! No wait can last for ever: the lowest number that is not yet written is always held by a worker
//! that is examining it, or waits for an equal input that another worker is examining.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::Error;
use super::content::Pipes;
use super::examine::{self, Analyze};
use super::given::Opened;
use super::journal::Journal;
use super::record::{Facts, Record};
use super::seen::{Claim, Seen, read_equal};
use super::source::{Input, Inputs};

/// Inputs per thread that may be taken and not yet written.
pub const WINDOW: usize = 32;

/// Bytes that are gathered before they are appended, while further records are ready.
const BATCH_BYTES: usize = 1 << 18;

/// Stack of a worker in bytes.
const STACK_BYTES: usize = 8 << 20;

/// Examines all `inputs` with `threads` workers and appends their records to `journal`.
///
/// `written` is told of each record in order, and whether it is of a file seen before.
///
/// # Errors
///
/// When a list or the results cannot be read, or the results not be written.
pub(super) fn run(
    inputs: Inputs,
    threads: usize,
    analyzer: &dyn Analyze,
    seen: &Seen,
    journal: Journal,
    written: impl FnMut(&Facts, bool),
) -> Result<(), Error> {
    let pool = pool(threads)?;
    let results = journal.path().to_owned();
    let workshop = Workshop {
        queue: Mutex::new((inputs, 0)),
        slots: Slots::new(threads.saturating_mul(WINDOW)),
        analyzer,
        seen,
        results: &results,
    };
    let (sender, receiver) = channel();
    pool.in_place_scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let workshop = &workshop;
            scope.spawn(move |_| {
                if let Err(error) = workshop.work(&sender) {
                    // Without a receiver the writer has failed, and says so itself.
                    let _ = sender.send(Err(error));
                }
            });
        }
        drop(sender);
        let mut writer = Writer {
            journal,
            seen,
            slots: &workshop.slots,
            written,
        };
        let result = writer.write(&receiver);
        workshop.slots.stop();
        result
    })
}

/// The workers.
pub(super) fn pool(threads: usize) -> Result<ThreadPool, Error> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .thread_name(|number| format!("scan-{number}"))
        .build()?;
    Ok(pool)
}

/// A record on its way to the writer.
struct Delivery {
    index: u64,
    record: Arc<Record>,
    /// Whether it is known already that an earlier record is of an equal file.
    repeated: bool,
}

type Message = Result<Delivery, Error>;

/// What the workers share.
struct Workshop<'a> {
    queue: Mutex<(Inputs, u64)>,
    slots: Slots,
    analyzer: &'a dyn Analyze,
    seen: &'a Seen,
    results: &'a std::path::Path,
}

impl Workshop<'_> {
    /// Examines inputs until there are none left or the scan is stopped.
    fn work(&self, sender: &Sender<Message>) -> Result<(), Error> {
        while self.slots.take() {
            let Some((index, input)) = self.next()? else { break };
            let deliver = |index, record, repeated| {
                // Without a receiver the scan is over; the next slot says so.
                let _ = sender.send(Ok(Delivery {
                    index,
                    record,
                    repeated,
                }));
            };
            self.one(index, &input, deliver)?;
        }
        Ok(())
    }

    fn next(&self) -> Result<Option<(u64, Input)>, Error> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(input) = queue.0.next().transpose()? else {
            return Ok(None);
        };
        let index = queue.1;
        queue.1 += 1;
        Ok(Some((index, input)))
    }

    fn one(&self, index: u64, input: &Input, deliver: impl Fn(u64, Arc<Record>, bool)) -> Result<(), Error> {
        let opened = match &input.problem {
            Some(problem) => Err(problem.clone()),
            None => Opened::open(&input.path, &input.parts, Pipes::Refuse),
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(problem) => {
                let report = examine::failed(self.analyzer.tool(), &input.name, None, problem);
                deliver(index, Arc::new(Record::new(&report)?), false);
                return Ok(());
            }
        };
        let digest = opened.digest();
        let analyse_as =
            |name: &str| Record::new(&examine::opened_input(&opened, name, &digest, self.analyzer));
        let analyse = || analyse_as(&input.name);
        match self.seen.claim(&digest, index, &input.name) {
            Claim::Left => {}
            Claim::Copy(record) => {
                deliver(index, Arc::new(renamed_or(&record, &input.name, analyse)?), false);
            }
            Claim::Written(offset) => {
                let earlier = read_equal(self.results, offset, &digest)?;
                let repeated = earlier.is_some();
                let record = match earlier {
                    Some(record) => renamed_or(&record, &input.name, analyse)?,
                    None => analyse()?,
                };
                deliver(index, Arc::new(record), repeated);
            }
            Claim::Analyse => {
                let record = Arc::new(analyse()?);
                for waiting in self.seen.finish(&digest, &record) {
                    let copy = renamed_or(&record, &waiting.name, || analyse_as(&waiting.name))?;
                    deliver(waiting.index, Arc::new(copy), false);
                }
                deliver(index, record, false);
            }
        }
        Ok(())
    }
}

/// The record under another name, or what `analyse` says when that cannot be written.
fn renamed_or(
    record: &Record,
    name: &str,
    analyse: impl FnOnce() -> Result<Record, serde_json::Error>,
) -> Result<Record, serde_json::Error> {
    record.renamed(name).map_or_else(analyse, Ok)
}

/// Puts records into order and appends them.
struct Writer<'a, F> {
    journal: Journal,
    seen: &'a Seen,
    slots: &'a Slots,
    written: F,
}

impl<F: FnMut(&Facts, bool)> Writer<'_, F> {
    fn write(&mut self, receiver: &Receiver<Message>) -> Result<(), Error> {
        let mut early: BTreeMap<u64, Delivery> = BTreeMap::new();
        let mut next = 0;
        let mut batch = Vec::new();
        for message in receiver {
            let delivery = message?;
            early.insert(delivery.index, delivery);
            while let Some(delivery) = early.remove(&next) {
                next += 1;
                batch.push(delivery);
            }
            self.append(&mut batch)?;
        }
        self.journal.sync()
    }

    fn append(&mut self, batch: &mut Vec<Delivery>) -> Result<(), Error> {
        let mut rest = batch.as_slice();
        while !rest.is_empty() {
            let mut lines = Vec::new();
            let mut count = 0;
            while let Some(delivery) = rest.get(count)
                && (count == 0 || lines.len() < BATCH_BYTES)
            {
                lines.extend_from_slice(&delivery.record.line);
                count += 1;
            }
            let mut offset = self.journal.length();
            self.journal.append(&lines, count as u64)?;
            let (now, later) = rest.split_at(count);
            for delivery in now {
                let facts = &delivery.record.facts;
                let duplicate = match &facts.digest {
                    Some(digest) => {
                        self.seen
                            .publish(digest, offset, delivery.repeated, self.journal.path())?
                    }
                    None => false,
                };
                (self.written)(facts, duplicate);
                offset += delivery.record.line.len() as u64;
            }
            self.slots.give(count);
            rest = later;
        }
        batch.clear();
        Ok(())
    }
}

/// Counts the inputs that are taken and not yet written.
struct Slots {
    state: Mutex<SlotState>,
    freed: Condvar,
}

struct SlotState {
    free: usize,
    stopped: bool,
}

impl Slots {
    fn new(count: usize) -> Self {
        Self {
            state: Mutex::new(SlotState {
                free: count,
                stopped: false,
            }),
            freed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a slot, waiting for one; `false` when the scan is stopped.
    fn take(&self) -> bool {
        let mut state = self
            .freed
            .wait_while(self.lock(), |state| state.free == 0 && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return false;
        }
        state.free -= 1;
        true
    }

    fn give(&self, count: usize) {
        self.lock().free += count;
        self.freed.notify_all();
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.freed.notify_all();
    }
}
