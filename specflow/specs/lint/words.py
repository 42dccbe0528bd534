"""The words that the linter looks for: what nobody can test, and what templates leave to be filled in."""

VAGUE = (
    "acceptable", "adequate", "adequately", "appropriate", "appropriately", "cleanly", "clearly", "convenient",
    "easily", "easy", "effective", "effectively", "efficient", "efficiently", "elegant", "elegantly", "fast",
    "flexible", "flexibly", "friendly", "generally", "graceful", "gracefully", "intuitive", "intuitively",
    "lightweight", "mostly", "normally", "optimal", "optimally", "properly", "quick", "quickly", "reasonable",
    "reasonably", "robust", "robustly", "seamless", "seamlessly", "smooth", "smoothly", "sufficient",
    "sufficiently", "suitable", "suitably", "timely", "typically", "usable", "usually", "various", "asap", "etc",
    "and so on", "and/or", "as appropriate", "as far as possible", "as little as possible",
    "as much as possible", "as necessary", "as needed", "as required", "as soon as possible", "best effort",
    "best practices", "best-effort", "easy to use", "good performance", "if appropriate", "if necessary", "if needed",
    "if possible", "state of the art", "state-of-the-art", "user friendly", "user-friendly", "when necessary",
    "when needed", "when possible", "where appropriate", "where necessary", "where needed", "where possible",
    "world-class",
)  # fmt: skip

# How the prompt of a template begins: `[Describe the feature]`. A pattern.
PROMPTS = (
    "add|choose|define|describe|detail|document|enter|explain|fill|give|identify|include|insert|list|name|note|outline"
    "|provide|replace|specify|state|summari[sz]e|what|why|write|your|brief|needs clarification|placeholder|optional:"
)

# What templates of stories and criteria have in square brackets; other words there are as often code. A pattern.
SLOTS = (
    "benefit|capability|condition|event|expected (?:behaviou?r|response)|feature|feature name|goal|name of [a-z ]+"
    "|persona|precondition|project name|response|role|spec name|trigger|user (?:role|type)|xxx?|yyyy-mm-dd"
)

# What stands for a word that is still to come: `<name>`. A pattern.
BLANKS = (
    "action|actor|author|benefit|capability|category|component|condition|criteri(?:on|a)|date|description|email|entity"
    "|event|expected (?:behaviou?r|response)|feature|feature name|file|file path|goal|layer|metric|name|number|owner"
    "|persona|precondition|problem|project|project name|purpose|reason|response|result|role|scenario|spec name"
    "|stakeholder|state|step|target|task|team|title|topic|trigger|user|user (?:role|type)|value|version|xxx?|yyyy-mm-dd"
)
