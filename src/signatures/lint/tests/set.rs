//! A small set of rules without a fault: one file for each sort, two where something is compared.

use crate::signatures::load::Files;

const RULESET: &str = r#"
schema = 1
version = "2026.11"
as-of = "2026-11-29"
"#;

const KINDS: &str = r#"
schema = 1

[kind.permission-camera]
level = "declared"
description = "permission to take pictures"

[kind.location]
level = "declared"
description = "permission to know the place"
"#;

const PERMISSIONS: &str = r#"
schema = 1
id = "permissions"
title = "permissions"
description = "What an app asks for."
references = [{ url = "https://developer.example/permissions", publisher = "Sample", accessed = "2026-11-20" }]
entry = [
    { kind = "permission-camera", permission = "android.permission.CAMERA" },
    { kind = "location", permission = "android.permission.ACCESS_FINE_LOCATION" },
]
"#;

const CAMERA: &str = r#"
schema = 1
id = "asks-camera"
title = { en = "asks for the camera", zh = "申请相机权限" }
status = "stable"
severity = "info"
confidence = "medium"
description = "The permission is declared."
impact = "Pictures can be taken."
false-positives = "Papers are photographed."
false-negatives = "Another app takes the picture."
references = [{ url = "https://developer.example/camera", publisher = "Sample", accessed = "2026-11-20" }]
added = "2026-11-20"
modified = "2026-11-21"
related = ["asks-place"]

[when]
scope = "app"
any = ["permission-camera"]

[examples]
match = ["permission android.permission.CAMERA @ manifest uses-permission +1"]
no-match = ["package com.example @ manifest manifest +8"]
"#;

const PLACE: &str = r#"
schema = 1
id = "asks-place"
title = { en = "asks for the place", zh = "申请定位权限" }
status = "experimental"
severity = "info"
confidence = "low"
added = "2026-11-20"

[when]
scope = "app"
any = ["location"]
"#;

const SCORING: &str = r#"
schema = 1

[card.harvest]
prior = -10.0
why = "one app in ten"

[card.lending]
prior = -15.0
why = "three apps in a hundred"

[band]
harvest-declared = -6.0
harvest-capable = 0.0
harvest-proven = 15.0
lending = 0.0
why = "even odds"

[[group]]
id = "permissions"
card = "harvest"
cap = 9.0
why = "asking is one signal"

[[weight]]
indicator = "asks-camera"
group = "permissions"
db = 2.0
why = "twice as frequent"
"#;

const GATHERER: &str = r#"
schema = 1
id = "gatherer"
name = "Gatherer"
category = "risk-data"
stance = "strong-signal"
status = "stable"
check = "literal"
collects = ["contacts"]
description = { en = "A library.", zh = "一个库。" }
impact = "The address book is copied."
false-positives = "It is not started."
false-negatives = "Its classes are renamed."
references = [{ url = "https://gatherer.example/docs", publisher = "Gatherer", accessed = "2026-11-20" }]
added = "2026-11-20"
marks = [
    { class-prefix = "Lcom/gatherer/sdk/" },
    { host = "gatherer.example", alone = false },
]

[examples]
match = ["class Lcom/gatherer/sdk/Main; @ dex classes.dex type_ids 3"]
no-match = ["class Lcom/gather/Main; @ dex classes.dex type_ids 3"]
"#;

const PUSHER: &str = r#"
schema = 1
id = "pusher"
name = "Pusher"
category = "push"
stance = "neutral"
status = "experimental"
check = "literal"
collects = []
description = { en = "Delivers messages.", zh = "推送消息。" }
sources = ["its manual"]
added = "2026-11-20"
marks = [{ class-prefix = "Lcom/pusher/" }]
"#;

const STORE: &str = r#"
schema = 1
id = "store-sample"
jurisdiction = "store:sample"
name = { en = "Sample store", zh = "示例商店" }
languages = ["en"]

[[rule]]
id = "no-camera"
title = { en = "No pictures.", zh = "不得拍照。" }
instrument = "Policy"
in-force = "2025-01-01"
binds = "all-apps"
check = "official"
sources = ["https://store.example/policy"]
checked-on = "2026-11-20"
forbids = ["android.permission.CAMERA"]

[[rule.example]]
facts = "permission android.permission.CAMERA @ manifest uses-permission +1"
verdict = "breaks"

[[rule.example]]
facts = "package com.example @ manifest manifest +8"
verdict = "meets"
"#;

const LIST: &str = r#"
schema = 1
id = "sample-list"
publisher = "Sample Institute"
title = { en = "Apps looked at", zh = "所查看的应用" }
date = "2024-05"
statement = { en = "reads the address book", zh = "读取通讯录" }
kind = "warning"
status = "stable"
references = [{ url = "https://institute.example/list", publisher = "Sample Institute", accessed = "2026-11-20" }]
added = "2026-11-20"
entries = [
    { package = "com.sample.rapido", country = "PE", confidence = "high" },
    { package = "com.sample.lento" },
]
"#;

const STEPS: &str = r#"
schema = 1
id = "steps"

[[item]]
id = "keep-calm"
text = { en = "Keep calm.", zh = "保持冷静。" }
when = ["high"]

[[item]]
id = "take-notes"
text = { en = "Take notes.", zh = "做好记录。" }
when = ["high", "elevated"]
"#;

const CHANNELS: &str = r#"
schema = 1
id = "channels-pe"
country = "PE"

[[channel]]
id = "bureau"
body = { en = "Bureau", zh = "办公室" }
purpose = { en = "Complaints.", zh = "投诉。" }
contact = ["100"]
check = "official"
sources = ["https://bureau.example"]
checked-on = "2026-11-20"
"#;

const LANGUAGES: &str = r#"
schema = 1

[[language]]
code = "en"
name = "English"
folding = "latin"
boundary = "word"
"#;

const WORDS: &str = r#"
schema = 1
language = "en"
terms = [
    { text = "loan", class = "loan-product", strength = 2, check = "unsourced" },
    { text = "library loan", class = "false-friend", strength = 0, check = "unsourced", role = "mask" },
]
"#;

const PHRASES: &str = r#"
schema = 1
language = "en"
phrases = [
    { kind = "threat-contacts", text = "we will inform ... in your contact list", strength = 3, check = "unsourced", gloss = "threat" },
]
"#;

const MODELS: &str = r#"
schema = 1
id = "sample"
title = "a class"
description = "A class that holds something."
references = [{ url = "https://developer.example/holder", publisher = "Sample", accessed = "2026-11-20" }]

[flows."Lcom/example/Holder;"]
get = ["this -> return"]
"#;

/// The set.
pub(super) fn files() -> Files {
    [
        ("ruleset.toml", RULESET),
        ("kinds.toml", KINDS),
        ("scoring.toml", SCORING),
        ("apis/permissions.toml", PERMISSIONS),
        ("context/asks-camera.toml", CAMERA),
        ("context/asks-place.toml", PLACE),
        ("sdks/gatherer.toml", GATHERER),
        ("sdks/pusher.toml", PUSHER),
        ("policies/store-sample.toml", STORE),
        ("published/sample-list.toml", LIST),
        ("advice/steps.toml", STEPS),
        ("advice/channels-pe.toml", CHANNELS),
        ("lexicon/rules.toml", LANGUAGES),
        ("lexicon/en.toml", WORDS),
        ("phrases/en.toml", PHRASES),
        ("flows/sample.toml", MODELS),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.trim_start().to_owned()))
    .collect()
}
