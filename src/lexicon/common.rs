//! Words of the lists that occur in the strings of any app, the most frequent first.
//!
//! Counted over the strings of the dex files and resource tables of 305 open apps, none of them a
//! lender's, as far as they occurred in thirty strings or more; the first eight letters of each.
//! The order changes nothing but the speed of the prefilter.

/// The words; a place further ahead means more frequent.
pub(super) const COMMON_WORDS: &[&str] = &[
    "lang", "a", "res", "app", "s", "to", "r", "text", "f", "action", "collecti", "type", "is", "e",
    "default", "list", "d", "media", "the", "l", "in", "facebook", "key", "for", "id", "with", "on", "no",
    "os", "access", "of", "failed", "p", "com", "from", "data", "max", "te", "can", "provider", "non", "an",
    "and", "call", "title", "service", "y", "progress", "n", "was", "o", "services", "permissi", "as",
    "register", "applicat", "platform", "status", "disabled", "at", "does", "message", "field", "apply",
    "se", "transact", "long", "main", "schedule", "you", "de", "by", "characte", "referenc", "screen",
    "check", "than", "number", "complete", "alert", "auto", "availabl", "system", "za", "la", "document",
    "calculat", "line", "required", "director", "valid", "short", "extensio", "ta", "next", "relative",
    "may", "contract", "low", "actions", "log", "send", "me", "na", "date", "aes", "en", "types", "address",
    "limit", "your", "pending", "tu", "do", "post", "certific", "sa", "authenti", "without", "report", "bad",
    "ns", "email", "public", "will", "via", "zero", "per", "family", "calls", "historic", "defaults",
    "consulta", "des", "telephon", "example", "allow", "record", "ou", "ss", "so", "le", "day", "take", "ho",
    "high", "maximum", "notify", "now", "sms", "identity", "messages", "ao", "keys", "re", "library", "di",
    "lines", "phone", "bi", "len", "photo", "contacts", "si", "al", "ti", "ang", "pre", "authorit", "case",
    "et", "ds", "times", "con", "we", "ids", "hidden", "da", "records", "sans", "fs", "ba", "business",
    "names", "ga", "social", "ca", "ty", "fast", "un", "immediat", "defaulte", "ke", "account", "apps", "du",
    "don", "cap", "les", "dc", "identifi", "images", "dengan", "global", "informat", "sec", "li", "total",
    "minutes", "determin", "mag", "my", "optimiza", "within", "admin", "ng", "kiem", "acc", "hours", "van",
    "tim", "photos", "co", "gap", "days", "had", "servicio", "su", "due", "nan", "ma", "free", "pages",
    "yes", "processi", "collecto", "casa", "fi", "pass", "va", "hour", "rate", "express", "authoriz", "para",
    "online", "xa", "pe", "party", "ya", "telefoni", "nanos", "legal", "cat", "guidelin", "contact", "wa",
    "truy", "sbs", "company", "cfa", "moi", "digital", "avec", "money", "ses", "agency", "team", "partners",
    "je", "cards", "loan", "wang", "upload", "financia", "xin", "bank", "gop", "mobile", "wales", "cbn",
    "meme", "systems", "loans", "credit", "cash", "autos", "sale", "del", "ki", "por", "em", "agent",
    "detectio", "statemen", "promise", "voi", "fields", "vu", "cos", "verify", "minute", "card", "dich",
    "ili", "ls", "addresse", "correspo", "ah", "journal", "tidak", "layanan", "huduma", "unlock", "akan",
    "mais", "sin", "multi", "represen", "mo", "yi", "modal", "los", "supervis", "ni", "lists", "anda",
    "checking", "el", "sem", "increase", "numbers", "instant", "takes", "es", "amount", "registra",
    "accepted", "loss", "bo", "ka", "jour", "personal", "longs", "percenta", "aplikasi", "third", "potentia",
    "bang", "emi", "thu", "license", "lai", "evaluati", "dung", "vous", "ko", "dang", "ung", "aplicati",
    "sur", "mas", "dien", "esta", "bot", "again", "effectiv", "mai", "kies", "programu", "khong", "telefono",
    "along", "score", "els", "kwa", "hindi", "later", "accounts", "ps", "gon", "sus", "ban", "yang", "mes",
    "enviar", "profiles", "juu", "gas", "late", "logs", "he",
];
