"""Banks for passages: relations, attributes and actions, with the ways to state them and to ask for them."""

from __future__ import annotations

from .asked_by_role import ROLE_RELATIONS
from .further import STILL_MORE_RELATIONS
from .more import FURTHER_RELATIONS

#: Past tense, base form, what follows (a "thing" is done to, "" nothing).
ACTIONS = (
    "bought buy|found find|lost lose|sold sell|repaired repair|painted paint|opened open|closed close|built build|broke break|stole steal|borrowed borrow|designed design|invented invent|wrote write|cleaned clean|"
    "ordered order|delivered deliver|inspected inspect|approved approve|rejected reject|signed sign|tested test|moved move|carried carry|hid hide|won win|made make|drew draw|fixed fix|returned return|ate eat|"
    "received receive|sent send|replaced replace|installed install|reported report|visited visit|photographed photograph|described describe|rented rent|donated donate|launched launch|presented present|collected collect"
)
VERBS = [tuple(pair.split()) for pair in ACTIONS.split("|")]

#: Relations of one entity to a value: kind of the entity, statements, questions, kind of the value.
RELATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("name", ("{e} lives in {v}.", "{e} has lived in {v} for years.", "The home of {e} is in {v}.", "{e} moved to {v} last year."), ("Where does {e} live?", "In which city does {e} live?", "What city does {e} live in?", "Where is {e}'s home?"), "city"),
    ("name", ("{e} was born in {v}.", "The birthplace of {e} is {v}."), ("Where was {e} born?", "What is the birthplace of {e}?", "In which place was {e} born?"), "city"),
    ("name", ("{e} works as a {v}.", "{e} is a {v}.", "{e} earns a living as a {v}."), ("What is {e}'s job?", "What does {e} do for a living?", "What does {e} work as?", "What is the profession of {e}?"), "job"),
    ("name", ("{e} works for {v}.", "{e} is employed by {v}.", "{e} has a job at {v}."), ("Who does {e} work for?", "Where does {e} work?", "Which company employs {e}?", "Who is the employer of {e}?"), "company"),
    ("name", ("{e} is married to {v}.", "The spouse of {e} is {v}."), ("Who is {e} married to?", "Who is the spouse of {e}?", "What is the name of {e}'s spouse?"), "name"),
    ("name", ("The cat of {e} is called {v}.", "{e} has a cat named {v}.", "{e}'s cat is called {v}."), ("What is {e}'s cat called?", "What is the name of {e}'s cat?"), "name"),
    ("name", ("{e}'s dog is called {v}.", "{e} owns a dog named {v}."), ("What is the dog of {e} called?", "What is the name of {e}'s dog?", "How is {e}'s dog called?"), "name"),
    ("name", ("{e} is {v} years old.", "{e} turned {v} this year."), ("How old is {e}?", "What is the age of {e}?", "What age is {e}?"), "int"),
    ("name", ("The boss of {e} is {v}.", "{e} reports to {v}."), ("Who is the boss of {e}?", "Who does {e} report to?"), "name"),
    ("name", ("{e} can be reached at {v}.", "The email of {e} is {v}.", "Write to {e} at {v}."), ("What is the email of {e}?", "How can {e} be reached?", "What is {e}'s email address?"), "email"),
    ("name", ("{e} likes {v}.", "{e} is very fond of {v}.", "{e} loves {v}."), ("What does {e} like?", "What does {e} love?", "What is {e} fond of?"), "word"),
    ("name", ("{e}'s favorite color is {v}.", "The favorite color of {e} is {v}."), ("What is {e}'s favorite color?", "Which color does {e} like best?"), "color"),
    ("name", ("{e} speaks {v}.", "The mother tongue of {e} is {v}."), ("What language does {e} speak?", "Which language does {e} speak?"), "language"),
    ("company", ("{e} was founded by {v}.", "{v} founded {e}.", "{v} is the founder of {e}."), ("Who founded {e}?", "Who is the founder of {e}?", "By whom was {e} founded?", "Who started {e}?"), "name"),
    ("company", ("{e} has its headquarters in {v}.", "The main office of {e} is in {v}.", "{e} is based in {v}."), ("Where is {e} based?", "Where is the headquarters of {e}?", "Where does {e} have its headquarters?", "In which city is {e} based?"), "city"),
    ("company", ("{e} employs {v} people.", "{v} people work at {e}.", "{e} has {v} employees."), ("How many people work at {e}?", "How many employees does {e} have?", "How many people does {e} employ?"), "int"),
    ("company", ("{v} is the director of {e}.", "The head of {e} is {v}.", "{e} is led by {v}."), ("Who leads {e}?", "Who is the director of {e}?", "Who is the head of {e}?", "Who runs {e}?"), "name"),
    ("company", ("{e} makes {v}s.", "{e} produces {v}s."), ("What does {e} make?", "What does {e} produce?", "What are the products of {e}?"), "thing"),
    ("thing", ("The {e} costs {v}.", "The price of the {e} is {v}.", "You pay {v} for the {e}."), ("How much does the {e} cost?", "What is the price of the {e}?", "What does the {e} cost?", "How much is the {e}?"), "amount"),
    ("thing", ("The {e} weighs {v}.", "The weight of the {e} is {v}."), ("How much does the {e} weigh?", "What is the weight of the {e}?", "How heavy is the {e}?"), "measure"),
    ("thing", ("The {e} is in the {v}.", "You will find the {e} in the {v}.", "The {e} is kept in the {v}.", "We put the {e} into the {v}."), ("Where is the {e}?", "Where can I find the {e}?", "Where is the {e} kept?", "In what place is the {e}?"), "thing"),
    ("thing", ("The {e} belongs to {v}.", "{v} owns the {e}.", "The owner of the {e} is {v}."), ("Who owns the {e}?", "Whose {e} is it?", "Who is the owner of the {e}?", "To whom does the {e} belong?"), "name"),
    ("thing", ("The code of the {e} is {v}.", "The {e} has the code {v}.", "The {e} carries the number {v}."), ("What is the code of the {e}?", "Which code does the {e} have?", "What number does the {e} carry?"), "code"),
    ("thing", ("The {e} was made in {v}.", "The {e} comes from {v}."), ("Where was the {e} made?", "Where does the {e} come from?"), "city"),
    ("thing", ("The {e} is {v}.", "The color of the {e} is {v}."), ("What color is the {e}?", "What is the color of the {e}?", "Which color does the {e} have?"), "color"),
    ("thing", ("The {e} arrives on {v}.", "The {e} will be delivered on {v}.", "Delivery of the {e} is on {v}."), ("When does the {e} arrive?", "When will the {e} be delivered?", "On what date does the {e} arrive?"), "date"),
    ("thing", ("The {e} opens at {v}.", "From {v} on, the {e} is open."), ("When does the {e} open?", "At what time does the {e} open?", "What time does the {e} open?"), "clock"),
    ("thing", ("The {e} is made of {v}.", "They make the {e} from {v}."), ("What is the {e} made of?", "Which material is the {e} made of?"), "word"),
    ("thing", ("The warranty on the {e} lasts {v}.", "The {e} has a warranty of {v}."), ("How long is the warranty on the {e}?", "How long does the warranty on the {e} last?"), "measure"),
    ("city", ("The capital of {e} is {v}.", "{v} is the capital of {e}."), ("What is the capital of {e}?", "Which city is the capital of {e}?"), "city"),
    ("city", ("{e} has {v} inhabitants.", "{v} people live in {e}.", "The population of {e} is {v}."), ("How many people live in {e}?", "What is the population of {e}?", "How many inhabitants does {e} have?"), "int"),
    ("city", ("The mayor of {e} is {v}.", "{v} is the mayor of {e}."), ("Who is the mayor of {e}?", "What is the name of the mayor of {e}?"), "name"),
    ("city", ("{e} is famous for its {v}.", "{e} is known for its {v}."), ("What is {e} famous for?", "What is {e} known for?"), "thing"),
    ("city", ("The river through {e} is called {v}.", "The river {v} flows through {e}."), ("Which river flows through {e}?", "What is the river through {e} called?"), "name"),
)  # fmt: skip
MORE_RELATIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("thing", ("Either party may end the {e} agreement with {v} notice.", "The notice period of the {e} agreement is {v}."), ("What is the notice period of the {e} agreement?", "How long is the notice period for the {e} agreement?", "With how much notice can the {e} agreement be ended?"), "measure"),
    ("thing", ("The {e} contract runs until {v}.", "The {e} contract ends on {v}.", "The {e} contract expires on {v}."), ("When does the {e} contract end?", "When does the {e} contract expire?", "Until when does the {e} contract run?"), "date"),
    ("company", ("{e} must pay within {v}.", "Payment by {e} is due within {v}."), ("Within what time must {e} pay?", "When must {e} pay?", "How long does {e} have to pay?"), "measure"),
    ("company", ("The liability of {e} is limited to {v}.", "Damages owed by {e} are capped at {v}."), ("What is the liability of {e} limited to?", "At what amount are the damages of {e} capped?", "What is the limit of {e}'s liability?"), "amount"),
    ("name", ("{e} studied {v}.", "{e} has a degree in {v}."), ("What did {e} study?", "In what subject does {e} have a degree?"), "word"),
    ("name", ("{e} drives a {v}.", "The car of {e} is a {v}."), ("What does {e} drive?", "What car does {e} have?", "Which car does {e} drive?"), "thing"),
    ("name", ("{e} plays the {v}.", "The instrument of {e} is the {v}."), ("What does {e} play?", "Which instrument does {e} play?"), "word"),
    ("name", ("{e} arrived at {v}.", "It was {v} when {e} arrived."), ("When did {e} arrive?", "At what time did {e} arrive?"), "clock"),
    ("name", ("{e}'s phone number is {v}.", "You can call {e} at {v}."), ("What is {e}'s phone number?", "Under which number can I call {e}?", "How can I call {e}?"), "phone"),
    ("name", ("{e} sits in room {v}.", "The office of {e} is {v}."), ("Which room does {e} sit in?", "Where does {e} sit?", "What is the office of {e}?"), "code"),
    ("company", ("{e} bought {v} last year.", "{e} took over {v}.", "{e} acquired {v}."), ("Which company did {e} buy?", "Whom did {e} take over?", "What did {e} acquire?"), "company"),
    ("company", ("{e} made a profit of {v}.", "The profit of {e} was {v}."), ("How much profit did {e} make?", "What was the profit of {e}?"), "amount"),
    ("company", ("Its customers reach {e} at {v}.", "The website of {e} is {v}."), ("What is the website of {e}?", "Where do customers reach {e}?"), "url"),
    ("thing", ("Use the {e} only with {v}.", "The {e} needs {v} to work."), ("What does the {e} need?", "What should the {e} be used with?"), "word"),
    ("thing", ("The {e} was invented by {v}.", "{v} invented the {e}."), ("Who invented the {e}?", "By whom was the {e} invented?"), "name"),
    ("thing", ("The {e} holds up to {v}.", "The capacity of the {e} is {v}."), ("How much does the {e} hold?", "What is the capacity of the {e}?"), "measure"),
    ("thing", ("To reset the {e}, press the {v}.", "The {v} resets the {e}."), ("How do I reset the {e}?", "What resets the {e}?", "What must I press to reset the {e}?"), "thing"),
    ("thing", ("The {e} can be returned within {v}.", "Returns of the {e} are accepted for {v}."), ("How long can the {e} be returned?", "Within what time can I return the {e}?"), "measure"),
    ("thing", ("The {e} is stored in {v}.", "All data of the {e} is kept in {v}."), ("Where is the {e} stored?", "Where is the data of the {e} kept?"), "city"),
    ("city", ("The largest building in {e} is the {v}.", "The {v} is the largest building in {e}."), ("What is the largest building in {e}?", "Which building in {e} is the largest?"), "thing"),
    ("city", ("The train to {e} leaves at {v}.", "At {v} there is a train to {e}."), ("When does the train to {e} leave?", "What time is the train to {e}?"), "clock"),
    ("city", ("The hotel in {e} is called {v}.", "In {e} we stayed at {v}."), ("What is the hotel in {e} called?", "Where did we stay in {e}?"), "company"),
    ("city", ("{e} lies {v} from here.", "The distance to {e} is {v}."), ("How far is {e}?", "What is the distance to {e}?"), "measure"),
)  # fmt: skip
RELATIONS = RELATIONS + MORE_RELATIONS + FURTHER_RELATIONS + STILL_MORE_RELATIONS + ROLE_RELATIONS
ATTRIBUTES = """price color weight height width length size age name title code number owner location date deadline limit fee penalty term
duration capacity speed password author editor manager director leader goal budget cost address phone language currency rate score
temperature pressure voltage version status model brand material shape taste smell sound origin purpose notice refund warranty discount
minimum maximum total average balance rent salary bonus holiday lunch break policy rule clause liability cap damage payment delivery""".split()
GENERIC = (
    "The {a} of {e} is {v}.",
    "{E} has a {a} of {v}.",
    "The {a} for {e} is {v}.",
    "For {e}, the {a} is {v}.",
    "{E}: {a} {v}.",
    "The {a} of {e} is set to {v}.",
    "As for {e}, its {a} is {v}.",
    "The {a} of {e} was {v}.",
    "Our {a} for {e} is {v}.",
    "{v} is the {a} of {e}.",
    "The {a} of {e} shall be {v}.",
    "The {a} clause of {e} says {v}.",
    "The {a} of {e} is limited to {v}.",
    "{E} comes with a {a} of {v}.",
)
GENERIC_ASK = (
    "What is the {a} of {e}?",
    "What is the {a} for {e}?",
    "Which {a} does {e} have?",
    "Tell me the {a} of {e}.",
    "What {a} does {e} have?",
    "{a} of {e}?",
    "Give me the {a} of {e}.",
    "Do you know the {a} of {e}?",
    "What does it say about the {a} of {e}?",
    "How is the {a} of {e} given?",
    "Please find the {a} of {e}.",
    "What's the {a} of {e}?",
)
