//! The mistakes, by code.

/// A mistake: what is written into the sound set, and where the complaint about it must point.
pub(super) struct Mistake {
    /// The complaint it must give.
    pub(super) code: &'static str,
    /// What is written in place of what, by path; a path without a file makes one.
    pub(super) edits: &'static [(&'static str, &'static str, &'static str)],
    /// The file of the complaint.
    pub(super) file: &'static str,
    /// A part of the line of the complaint.
    pub(super) line: &'static str,
}

macro_rules! mistakes {
    ($($code:literal $file:literal : $line:literal { $($path:literal : $from:literal => $to:literal)+ })+) => {
        /// All of them.
        pub(super) const MISTAKES: &[Mistake] = &[$(Mistake {
            code: $code,
            edits: &[$(($path, $from, $to),)+],
            file: $file,
            line: $line,
        },)+];
    };
}

mistakes! {
    "A01" "advice/steps.toml": "take-notes" {
        "advice/steps.toml": "做好记录。" => " "
    }
    "A01" "advice/channels-pe.toml": "bureau" {
        "advice/channels-pe.toml": "办公室" => ""
    }
    "A02" "advice/steps.toml": "keep-calm" {
        "advice/steps.toml": "when = [\"high\"]\n" => "when = []\n"
    }
    "A03" "advice/channels-pe.toml": "bureau" {
        "advice/channels-pe.toml": "[\"100\"]" => "[\"100\", \"\"]"
    }
    "A04" "advice/steps.toml": "keep-calm" {
        "advice/steps.toml": "take-notes" => "keep-calm"
    }
    "A05" "advice/channels-pe.toml": "bureau" {
        "advice/channels-pe.toml": "[\"https://bureau.example\"]" => "[]"
    }
    "D01" "context/asks_moon.toml": "id =" {
        "context/asks_moon.toml": "" => "schema = 1\nid = \"asks_moon\"\ntitle = { en = \"asks\", zh = \"申请\" }\nstatus = \"draft\"\nseverity = \"info\"\nconfidence = \"low\"\nadded = \"2026-11-20\"\nwhen = { scope = \"app\", any = [\"location\"] }\n"
    }
    "D01" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "no-camera" => "No camera"
    }
    "D02" "context/asks-camera.toml": "id =" {
        "context/asks-camera.toml": "Another app takes the picture." => ""
    }
    "D02" "sdks/gatherer.toml": "id =" {
        "sdks/gatherer.toml": "The address book is copied." => ""
    }
    "D03" "context/asks-place.toml": "id =" {
        "context/asks-place.toml": "申请定位权限" => ""
    }
    "D03" "published/sample-list.toml": "id =" {
        "published/sample-list.toml": "读取通讯录" => ""
    }
    "D04" "context/asks-place.toml": "id =" {
        "context/asks-place.toml": "asks for the place" => "is a scam"
    }
    "D05" "context/asks-camera.toml": "id =" {
        "context/asks-camera.toml": "[{ url = \"https://developer.example/camera\", publisher = \"Sample\", accessed = \"2026-11-20\" }]" => "[]"
    }
    "D05" "published/sample-list.toml": "id =" {
        "published/sample-list.toml": "[{ url = \"https://institute.example/list\", publisher = \"Sample Institute\", accessed = \"2026-11-20\" }]" => "[]"
    }
    "D06" "context/asks-camera.toml": "id =" {
        "context/asks-camera.toml": "https://developer" => "http://developer"
    }
    "D06" "apis/permissions.toml": "id =" {
        "apis/permissions.toml": "https://developer" => "http://developer"
    }
    "D07" "context/asks-place.toml": "id =" {
        "context/asks-place.toml": "2026-11-20" => "2026-13-20"
    }
    "D07" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "in-force = \"2025-01-01\"" => "in-force = \"2025\""
    }
    "D07" "withdrawn.toml": "[[withdraw]]" {
        "withdrawn.toml": "" => "schema = 1\n[[withdraw]]\nid = \"pusher\"\non = \"today\"\nreason = \"not ours\"\n"
    }
    "D08" "context/asks-camera.toml": "related" {
        "context/asks-camera.toml": "[\"asks-place\"]" => "[\"asks-moon\"]"
    }
    "D09" "context/asks-camera.toml": "id =" {
        "context/asks-camera.toml": "no-match = [\"package com.example @ manifest manifest +8\"]" => ""
    }
    "D09" "sdks/gatherer.toml": "id =" {
        "sdks/gatherer.toml": "match = [\"class Lcom/gatherer/sdk/Main; @ dex classes.dex type_ids 3\"]\n" => ""
    }
    "D10" "context/asks-camera.toml": "match = [\"camera" {
        "context/asks-camera.toml": "permission android.permission.CAMERA @ manifest uses-permission +1" => "camera"
    }
    "D10" "policies/store-sample.toml": "facts = \"nothing" {
        "policies/store-sample.toml": "facts = \"package com.example @ manifest manifest +8" => "facts = \"nothing"
    }
    "D11" "context/asks-camera.toml": "android.permission.RECORD_AUDIO" {
        "context/asks-camera.toml": "android.permission.CAMERA" => "android.permission.RECORD_AUDIO"
    }
    "D12" "kinds.toml": "[kind.location]" {
        "apis/permissions.toml": "    { kind = \"location\", permission = \"android.permission.ACCESS_FINE_LOCATION\" },\n" => ""
    }
    "D13" "kinds.toml": "[kind.location]" {
        "context/asks-place.toml": "\"location\"" => "\"permission-camera\""
    }
    "D14" "context/asks-camera.toml": "id =" {
        "context/asks-camera.toml": "modified = \"2026-11-21\"" => "modified = \"2026-11-19\""
    }
    "D15" "sdks/pusher.toml": "id =" {
        "sdks/pusher.toml": "marks" => "withdrawn = { on = \"2026-11-21\", reason = \"\" }\nmarks"
    }
    "D15" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "forbids" => "withdrawn = { on = \"2026-11-21\", reason = \" \" }\nforbids"
    }
    "D15" "withdrawn.toml": "[[withdraw]]" {
        "withdrawn.toml": "" => "schema = 1\n[[withdraw]]\nid = \"sample-list\"\non = \"2026-11-21\"\nreason = \"\"\n"
    }
    "D16" "context/asks-place.toml": "id =" {
        "context/asks-place.toml": "asks for the place" => "asks for the camera"
    }
    "D17" "sdks/gatherer.toml": "no-match = [\"class Lcom/gatherer/sdk/X;" {
        "sdks/gatherer.toml": "Lcom/gather/Main;" => "Lcom/gatherer/sdk/X;"
    }
    "F01" "phrases/en.toml": "we will" {
        "phrases/en.toml": "in your contact list" => "a"
    }
    "F02" "phrases/en.toml": "Inform" {
        "phrases/en.toml": "]\n" => "    { kind = \"threat-contacts\", text = \"We will Inform ... in your contact list\", strength = 2, check = \"unsourced\", gloss = \"threat\" },\n]\n"
    }
    "F03" "phrases/en.toml": "we will" {
        "phrases/en.toml": "gloss = \"threat\"" => "gloss = \"\""
    }
    "G01" "scoring.toml": "[card.lending]" {
        "scoring.toml": "three apps in a hundred" => "3%"
    }
    "G01" "scoring.toml": "[[weight]]" {
        "scoring.toml": "twice as frequent" => ""
    }
    "G02" "scoring.toml": "[[weight]]" {
        "scoring.toml": "db = 2.0" => "db = 9.5"
    }
    "G03" "scoring.toml": "[[group]]" {
        "scoring.toml": "[[weight]]\nindicator = \"asks-camera\"\ngroup = \"permissions\"\ndb = 2.0\nwhy = \"twice as frequent\"\n" => ""
        "scoring.toml": "[card.harvest]" => "weight = []\n\n[card.harvest]"
    }
    "L01" "published/sample-list.toml": "id =" {
        "published/sample-list.toml": "2024-05" => "May 2024"
    }
    "L02" "published/sample-list.toml": "id =" {
        "published/sample-list.toml": "publisher = \"Sample Institute\"\n" => "publisher = \"\"\n"
    }
    "L03" "published/sample-list.toml": "\"com.sample.rapido\" }" {
        "published/sample-list.toml": "com.sample.lento" => "com.sample.rapido"
    }
    "L04" "published/sample-list.toml": "com.sample.rapido" {
        "published/sample-list.toml": "\"high\"" => "\"very high\""
    }
    "L05" "published/sample-list.toml": "com.sample.rapido" {
        "published/sample-list.toml": "\"PE\"" => "\"Peru\""
    }
    "M01" "flows/sample.toml": "id =" {
        "flows/sample.toml": "A class that holds something." => ""
    }
    "M02" "flows/second.toml": "get = [\"1" {
        "flows/second.toml": "" => "schema = 1\nid = \"second\"\ntitle = \"a class\"\ndescription = \"The same class.\"\nreferences = [{ url = \"https://developer.example/holder\", publisher = \"Sample\", accessed = \"2026-11-20\" }]\n[flows.\"Lcom/example/Other;\"]\nget = []\n[flows.\"Lcom/example/Holder;\"]\nput = []\nget = [\"1 -> return\"]\n"
    }
    "M02" "flows/second.toml": "Holder;->open" {
        "flows/sample.toml": "[flows" => "[opens]\n\"Lcom/example/Holder;->open\" = \"memory\"\n\n[flows"
        "flows/second.toml": "" => "schema = 1\nid = \"second\"\ntitle = \"a class\"\ndescription = \"The same class.\"\nreferences = [{ url = \"https://developer.example/holder\", publisher = \"Sample\", accessed = \"2026-11-20\" }]\n[opens]\n\"Lcom/example/Holder;->close\" = \"memory\"\n\"Lcom/example/Holder;->open\" = \"wraps 1\"\n"
    }
    "P01" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "\"Policy\"" => "\"\""
    }
    "P02" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "binds" => "until = \"2024-12-31\"\nbinds"
        "policies/store-sample.toml": "\"breaks\"" => "\"not-applicable\""
        "policies/store-sample.toml": "\"meets\"" => "\"not-applicable\""
    }
    "P03" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "[\"https://store.example/policy\"]" => "[]"
    }
    "P04" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "[\"android.permission.CAMERA\"]" => "[\"android.permission.CAMERA\", \"CAMERA\"]"
    }
    "P05" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "forbids" => "limits = [\"android.permission.CAMERA\", \"android.permission.RECORD_AUDIO\"]\nforbids"
        "policies/store-sample.toml": "\n[[rule.example]]" => "\n[[rule.example]]\nfacts = \"permission android.permission.RECORD_AUDIO @ manifest uses-permission +1\"\nverdict = \"may-break\"\n\n[[rule.example]]"
    }
    "P06" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "[[rule.example]]\nfacts = \"package com.example @ manifest manifest +8\"\nverdict = \"meets\"\n" => ""
    }
    "P07" "policies/store-sample.toml": "RECORD_AUDIO" {
        "policies/store-sample.toml": "permission android.permission.CAMERA" => "permission android.permission.RECORD_AUDIO"
    }
    "P08" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "checked-on = \"2026-11-20\"" => "checked-on = \"2024-11-28\""
    }
    "P09" "policies/store-sample.toml": "[[rule]]" {
        "policies/store-sample.toml": "checked-on = \"2026-11-20\"" => "checked-on = \"2026-11-30\""
    }
    "P10" "policies/store-sample.toml": "id =" {
        "policies/store-sample.toml": "[\"en\"]" => "[\"en\", \"de\"]"
    }
    "S01" "sdks/pusher.toml": "id =" {
        "sdks/pusher.toml": "[{ class-prefix = \"Lcom/pusher/\" }]" => "[]"
    }
    "S02" "sdks/gatherer.toml": "id =" {
        "sdks/gatherer.toml": "\"literal\"" => "\"unsourced\""
    }
    "S03" "sdks/pusher.toml": "Lcom/gatherer/sdk/" {
        "sdks/pusher.toml": "Lcom/pusher/" => "Lcom/gatherer/sdk/"
    }
    "S04" "sdks/gatherer.toml": "id =" {
        "sdks/gatherer.toml": "[\"contacts\"]" => "[\"location\"]"
    }
    "S05" "sdks/gatherer.toml": "https://" {
        "sdks/gatherer.toml": "host = \"gatherer.example\"" => "host = \"https://gatherer.example\""
    }
    "S06" "sdks/pusher.toml": "id =" {
        "sdks/pusher.toml": "\"Pusher\"" => "\"\""
    }
    "S07" "sdks/pusher.toml": "id =" {
        "sdks/pusher.toml": "\"Lcom/pusher/\"" => "\"Lcom/pusher/\", alone = false"
    }
    "S08" "sdks/pusher.toml": "id =" {
        "sdks/pusher.toml": "[\"its manual\"]" => "[]"
    }
    "V01" "apis/permissions.toml": "id =" {
        "apis/permissions.toml": "What an app asks for." => ""
    }
    "V02" "apis/permissions.toml": "note =" {
        "apis/permissions.toml": ",\n    { kind = \"location\"" => ",\n    { kind = \"permission-camera\", permission = \"android.permission.CAMERA\", note = \"again\" },\n    { kind = \"location\""
    }
    "W01" "lexicon/en.toml": "Loan" {
        "lexicon/en.toml": "]\n" => "    { text = \"Loan\", class = \"loan-product\", strength = 1, check = \"unsourced\" },\n]\n"
    }
    "W02" "lexicon/en.toml": "library book" {
        "lexicon/en.toml": "library loan" => "library book"
    }
    "W03" "lexicon/rules.toml": "code = \"id\"" {
        "lexicon/rules.toml": "boundary = \"word\"\n" => "boundary = \"word\"\n\n[[language]]\ncode = \"id\"\nname = \"Indonesian\"\nfolding = \"latin\"\nboundary = \"word\"\n"
    }
}
