"""Banks for invented tools: verbs with their synonyms, parameters with ways to say their values."""

from __future__ import annotations

VERBS: dict[str, tuple[str, ...]] = {
    "get": ("get", "fetch", "show me", "give me", "retrieve"), "find": ("find", "look for", "search for", "locate"), "create": ("create", "make", "set up"),
    "delete": ("delete", "remove", "erase", "get rid of"), "update": ("update", "change", "modify", "edit"), "list": ("list", "show", "enumerate"),
    "check": ("check", "verify", "inspect", "test"), "send": ("send", "submit", "deliver"), "cancel": ("cancel", "call off", "abort"),
    "start": ("start", "launch", "begin", "run"), "stop": ("stop", "halt", "end"), "book": ("book", "reserve"), "order": ("order", "buy", "purchase"),
    "open": ("open", "unlock"), "close": ("close", "shut"), "add": ("add", "insert", "put in"), "count": ("count", "tally"), "rate": ("rate", "review"),
    "move": ("move", "shift", "transfer"), "copy": ("copy", "duplicate", "clone"), "print": ("print",), "scan": ("scan",), "lock": ("lock",),
    "assign": ("assign", "give"), "approve": ("approve", "accept"), "reject": ("reject", "decline"), "measure": ("measure",), "compare": ("compare",),
    "repair": ("repair", "fix"), "clean": ("clean",), "paint": ("paint",), "track": ("track", "follow"), "share": ("share",), "download": ("download",),
    "upload": ("upload",), "install": ("install",), "restart": ("restart", "reboot"), "schedule": ("schedule", "plan"), "register": ("register", "sign up"),
    "validate": ("validate", "check"), "export": ("export",), "import": ("import",), "archive": ("archive", "store"), "publish": ("publish", "release"),
    "estimate": ("estimate",), "renew": ("renew", "extend"), "refund": ("refund", "pay back"), "lookup": ("look up", "find"), "notify": ("notify", "alert"),
}  # fmt: skip

#: Parameter names with the kind of value they take, and ways to say the value without naming the parameter.
PARAMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("name", "name", ("for {}", "named {}", "called {}", "of {}")), ("customer", "name", ("for {}", "for the customer {}", "of {}")), ("user", "name", ("for {}", "of user {}")),
    ("person", "name", ("for {}", "with {}")), ("owner", "name", ("owned by {}", "of {}", "that belongs to {}")), ("author", "name", ("by {}", "written by {}")),
    ("recipient", "name", ("to {}", "for {}")), ("assignee", "name", ("to {}", "for {}")), ("city", "city", ("in {}", "for {}", "of {}")), ("location", "city", ("in {}", "at {}", "near {}")),
    ("place", "city", ("in {}", "at {}")), ("country", "city", ("in {}", "of {}")), ("address", "city", ("at {}", "in {}")), ("region", "city", ("in {}", "for {}")), ("date", "when", ("on {}", "for {}", "{}")),
    ("day", "when", ("on {}", "for {}")), ("time", "clock", ("at {}",)), ("start_time", "clock", ("at {}", "from {}")), ("deadline", "date", ("by {}", "until {}")), ("due_date", "date", ("by {}", "due {}")),
    ("id", "code", ("with id {}", "{}", "number {}")), ("order_id", "code", ("for order {}", "{}")), ("code", "code", ("with code {}", "{}")), ("serial_number", "code", ("with serial number {}", "{}")), ("reference", "code", ("with reference {}",)),
    ("number", "int", ("number {}",)), ("quantity", "int", ("{} times", "{} of them")), ("count", "int", ("{} times",)), ("amount", "int", ("of {}",)), ("limit", "int", ("at most {}", "up to {}")),
    ("price", "int", ("for {} dollars", "at {} dollars")), ("age", "int", ("aged {}",)), ("duration", "int", ("for {} minutes", "lasting {} minutes")), ("rating", "digit", ("with {} stars", "{} stars")), ("pages", "int", ("with {} pages",)),
    ("color", "color", ("in {}", "in the color {}")), ("size", "level", ("in size {}",)), ("priority", "level", ("with {} priority", "as {} priority")), ("level", "level", ("at level {}",)), ("status", "state", ("with status {}", "that are {}")),
    ("language", "language", ("in {}",)), ("email", "email", ("with the email {}", "for {}", "to {}")), ("phone", "phone", ("with phone number {}", "at {}")), ("url", "url", ("at {}", "from {}")), ("path", "path", ("at {}", "{}", "in {}")),
    ("title", "phrase", ("titled {}", "called {}", "with the title {}")), ("query", "phrase", ("for {}", "about {}")), ("text", "clause", ("saying {}", "with the text {}", ": {}")), ("topic", "thing", ("about {}", "on {}")), ("item", "thing", ("for the {}", "of the {}")),
    ("product", "thing", ("for the {}", "of {}")), ("material", "noun", ("made of {}", "from {}")), ("company", "company", ("at {}", "for {}", "of {}")), ("weight", "decimal", ("weighing {}", "of {} kg")), ("temperature", "int", ("at {} degrees", "to {} degrees")),
    ("key", "word", ("for {}", "{}")), ("tag", "word", ("tagged {}", "with the tag {}")), ("category", "thing", ("in the category {}", "from {}")), ("message", "clause", ("saying {}", "with the message {}")), ("room", "noun", ("in the {}",)),
    ("tags", "words", ("tagged {}", "with the tags {}")), ("items", "words", ("with {}", "for {}")), ("names", "names", ("for {}", "of {}")), ("unit", "enum", ("in {}",)), ("mode", "enum", ("in {} mode",)), ("format", "enum", ("as {}", "in {} format")), ("type", "enum", ("of type {}",)),
)  # fmt: skip
PAIRS = (
    ("origin", "destination"),
    ("source", "target"),
    ("from", "to"),
    ("start", "end"),
    ("from_city", "to_city"),
    ("first", "second"),
)
ENUMS = (
    ("celsius", "fahrenheit"),
    ("metric", "imperial"),
    ("pdf", "csv", "json"),
    ("png", "jpg", "svg"),
    ("fast", "slow"),
    ("auto", "manual"),
    ("day", "week", "month"),
    ("small", "medium", "large"),
    ("public", "private"),
    ("email", "phone", "post"),
)

EXPLICIT = (
    "with {key} {said}",
    "{key} {said}",
    "with {key} {said}",
    "using {said} as the {key}",
    "with {said} as {key}",
    "the {key} is {said}",
    "{key}: {said}",
    "with the {key} {said}",
    "({key} {said})",
    "where the {key} is {said}",
    "{key} = {said}",
    "the {key} should be {said}",
)
