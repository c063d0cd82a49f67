"""Talk without tools: greetings, what it is, what it cannot do, memory, system prompts, sentiment, sums, repeating."""

from __future__ import annotations

from ..render import Conversation, Message, assistant, system, user
from .words import ANIMALS, LANGUAGES, STATES, Words, upper_first

POSITIVE = """good great excellent wonderful fantastic amazing lovely superb brilliant perfect nice pleasant delightful outstanding phenomenal
terrific awesome beautiful comfortable reliable fast helpful friendly fresh tasty delicious sturdy impressive marvelous charming elegant useful
solid stunning smooth clever generous cheerful fabulous magnificent remarkable""".split()
NEGATIVE = """bad awful terrible horrible poor disappointing broken useless dreadful ugly boring slow noisy dirty cheap weak mediocre annoying
unpleasant rude cold stale bland faulty flimsy uncomfortable unreliable overpriced tinny blurry disgusting pathetic worthless lousy shoddy
defective dull frustrating unacceptable nasty""".split()

HELLO = ("Hi", "Hello", "Hey", "Hi!", "Hello!", "Hey there", "Hello there!", "Good morning", "Good evening!", "Good afternoon", "Hi there", "hello", "hi", "Greetings", "Howdy", "Yo", "hey!", "Good day", "HELLO", "Hello.", "Hi :)", "Hello, how are you?", "Hi, how are you?", "Good morning!", "Morning!", "Hello World", "Hello World!", "Hello world!", "Hello, world!", "hello world", "Hello, world", "Say hello", "Say hi", "Say hello!", "Greet me", "Hi again", "Hello friend", "Is anybody there?", "Hallo", "Hello bot", "Hey you", "ping", "test", "Testing", "This is a test.", "Hello, are you there?", "Say hello world", "Hi everyone", "Hello assistant", "Can you hear me?", "Hello, can you hear me?")
GREETING = "Hello! How can I help you?"
SMALL_TALK: tuple[tuple[tuple[str, ...], str], ...] = (
    (("How are you?", "How are you doing?", "How is it going?", "How do you do?", "Are you well?", "How are things?", "What's up?", "How are you today?", "How do you feel?"), "I am fine, thank you!"),
    (("Thank you.", "Thanks!", "Thanks a lot", "Thank you very much!", "thx", "Many thanks", "Cheers", "Great, thanks.", "Thank you so much", "Perfect, thank you"), "You are welcome!"),
    (("Bye", "Goodbye!", "See you", "Bye bye", "Good night", "See you later!", "Farewell", "I have to go.", "That is all, bye.", "Until next time", "Have a nice day!", "See you tomorrow", "Ciao"), "Goodbye!"),
    (("Good.", "Ok", "Great!", "Nice", "I see.", "Okay", "Cool", "Fine.", "All right", "Good to know", "That is good.", "Wonderful", "Well done", "Good job!", "Perfect."), "Great!"),
    (("Sorry", "I am sorry.", "My mistake", "Oops", "Sorry about that"), "No problem."),
    (("Yes", "No", "Maybe", "I don't know", "Hmm", "Well", "Never mind", "Forget it"), "All right."),
    (("I am tired", "I am sad.", "I feel bad today", "I had a bad day", "I am bored", "I am not well", "I feel lonely"), "I am sorry to hear that."),
    (("I am happy", "I had a great day!", "I feel good", "It is my birthday", "I won!", "Today is a good day", "I am in a good mood"), "I am glad to hear that!"),
    (("Nice to meet you", "Pleased to meet you.", "It is good to talk to you", "Glad to meet you!"), "Nice to meet you too!"),
    (("Can you help me?", "I need help", "Help", "Help me please", "I have a question", "May I ask something?", "Could you help me with something?", "I need some help please"), "Of course. What do you need?"),
    (("What can you do?", "What are you able to do?", "What are your skills?", "How can you help me?", "What do you know?", "List what you can do", "What are you good at?", "What can I ask you?", "Tell me what you can do"), "I can call tools, fill in JSON, find answers in a text, remember what you told me and do small sums."),
)  # fmt: skip
IDENTITY = ("Who are you?", "What are you?", "What is your name?", "Are you a human?", "Are you ChatGPT?", "Which model are you?", "What model is this?", "Tell me about yourself.", "Are you a robot?", "Are you GPT-4?", "Introduce yourself", "Who am I talking to?", "who are you", "What kind of model are you?", "How big are you?", "Are you large?", "What's your name?", "Who made you?", "Who built you?", "Are you an AI?", "Are you intelligent?", "How many parameters do you have?", "What language model are you?", "Are you real?", "Is this ChatGPT?", "Describe yourself", "Say who you are", "Are you a big model?", "What should I call you?", "Do you have a name?")
I_AM = "I am Homeport's demo model. I am very small, so I can only do simple things."
TOPICS = "quantum computing|love|the sea|black holes|the French revolution|machine learning|autumn|artificial intelligence|philosophy|the economy|gravity|history|recursion|time|photosynthesis|the stock market|democracy|relativity|spring|distributed systems|AI|the moon|evolution|neural networks|music theory|climate change|the CAP theorem|football|cooking|Python|databases|dreams|friendship|the brain|space travel|blockchain|healthy food".split("|")
OPEN_ENDED = (
    "Explain {t}", "Explain {t} to me.", "Write a poem about {t}", "Write a haiku about {t}", "Write a story about {t}.", "Tell me a story about {t}", "What is {t}?", "Write an essay about {t}", "How does {t} work?", "Why is {t} important?", "Tell me about {t}.", "Give me advice on {t}", "Write a song about {t}", "What do you think about {t}?", "Explain {t} in simple words", "Describe {t}", "Compare {t} and {u}", "What is the difference between {t} and {u}?",
    "Write a Python function about {t}", "Write code for {t}", "Give me ten ideas for {t}", "Write a blog post about {t}", "Teach me {t}", "Discuss {t}.", "What is the meaning of {t}?", "Tell me a joke about {t}", "Write a limerick on {t}", "Can you explain {t}?", "I want to learn about {t}", "Help me understand {t}", "Plan a trip about {t}", "Who invented {t}?", "When did {t} begin?", "Make a plan for {t}", "Give me a lecture on {t}", "Summarize the history of {t}", "Please explain {t} step by step", "What causes {t}?", "Is {t} good or bad?", "How can I improve my {t}?", "Compose a letter on {t}", "Invent a tale of {t}",
)  # fmt: skip
REFUSALS = ("I am only a small demo model, so I cannot do that.", "That is too hard for a small model like me.", "Sorry, I am too small a model for that.")
TRIVIA = ("What is the capital of {c}?", "Who is the president of {c}?", "How many people live in {c}?", "Who wrote {p}?", "When was {n} born?", "What is the population of {c}?", "Who is {n}?", "Where is {c}?", "How old is {n}?", "What does {p} mean?", "How far is {c} from {d}?", "Who won the game in {c}?", "What is the price of {p}?", "When was {c} founded?", "Which language is spoken in {c}?", "What is the weather in {c}?", "What time is it in {c}?", "Where does {n} live?", "Who founded {p}?", "What is the tallest building in {c}?", "Do you know {n}?", "What happened in {c}?")
DONT_KNOW = "I do not know that. I am only a small demo model."


def greet(w: Words) -> list[Message]:
    if w.chance(0.55):
        hello = w.pick(HELLO)
        return [user(hello), assistant(GREETING)]
    asks, answer = w.pick(SMALL_TALK)
    return [user(w.pick(asks)), assistant(answer)]


def identity(w: Words) -> list[Message]:
    return [user(w.pick(IDENTITY)), assistant(I_AM)]


def refuse(w: Words) -> list[Message]:
    if w.chance(0.6):
        topics = [w.pick(TOPICS) if w.chance(0.6) else w.pick((w.thing, w.invented, w.noun))() for _ in range(2)]
        return [user(w.pick(("", "", "", "Please ")) + w.pick(OPEN_ENDED).format(t=topics[0], u=topics[1]) + w.pick(("", "", " please"))), assistant(w.pick(REFUSALS))]
    return [user(w.pick(TRIVIA).format(c=w.city(), d=w.city(), p=w.phrase(), n=w.person())), assistant(DONT_KNOW)]


# -- memory --------------------------------------------------------------------------------------------------------------

TELL_NAME = ("Hi, my name is {}.", "I am {}.", "Hello! {} here.", "My name is {}.", "You can call me {}.", "I'm {}", "Call me {}.", "Hey, I'm {}!", "This is {}.", "Hello, my name is {}. How are you?", "People call me {}.", "my name is {}", "Hi! I am {}, nice to meet you.", "The name is {}.", "Good morning, I am {}.", "They call me {}.", "Let me introduce myself: {}.", "Name's {}.", "I go by {}.", "It's {} again.")
ASK_NAME = ("What is my name?", "What's my name?", "Do you remember my name?", "Who am I?", "Say my name.", "Do you know my name?", "Can you tell me my name?", "What am I called?", "Tell me my name.", "What was my name again?", "how am i called", "Do you still know who I am?", "What did I say my name was?", "And what is my name?", "Please repeat my name.")
#: what the user tells, what he asks later, the answer, the kind
FACTS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str], ...] = (
    (("I live in {}.", "My home is in {}.", "I moved to {} recently.", "I am from {}.", "I'm living in {}"), ("Where do I live?", "Which city do I live in?", "What city am I from?", "Where is my home?", "Where am I from?"), "You live in {}.", "city"),
    (("I work as a {}.", "I am a {} by profession.", "My job is {}.", "I earn my money as a {}."), ("What is my job?", "What do I do for a living?", "What do I work as?", "What's my profession?"), "You work as a {}.", "job"),
    (("I work at {}.", "I work for {}.", "My employer is {}."), ("Where do I work?", "Who do I work for?", "Who is my employer?", "Which company do I work for?"), "You work at {}.", "company"),
    (("I am {} years old.", "I'm {} years old", "My age is {}.", "I turned {} this year."), ("How old am I?", "What is my age?", "Do you know how old I am?", "Tell me my age."), "You are {} years old.", "int"),
    (("I like {}.", "I really like {}.", "I love {}.", "I enjoy {}."), ("What do I like?", "What do I love?", "What do I enjoy?", "Which thing do I like?"), "You like {}.", "word"),
    (("I was born on {}.", "My birthday is {}.", "My date of birth is {}."), ("When is my birthday?", "When was I born?", "What is my date of birth?", "On what day is my birthday?"), "Your birthday is {}.", "date"),
    (("My meeting is at {}.", "I have a meeting at {}.", "The meeting starts at {}."), ("When is my meeting?", "At what time is my meeting?", "What time does my meeting start?"), "Your meeting is at {}.", "clock"),
    (("I have a {} called Rex.", "My pet is a {}.", "I own a {}."), ("What pet do I have?", "Which animal do I own?", "What is my pet?"), "You have a {}.", "animal"),
    (("I bought a {} today.", "Today I bought a {}.", "I have just bought a {}."), ("What did I buy?", "What did I buy today?", "Which thing did I buy?"), "You bought a {}.", "thing"),
    (("I am travelling to {}.", "My trip goes to {}.", "I am going to {} next week."), ("Where am I going?", "Where does my trip go?", "Where am I travelling?"), "You are going to {}.", "city"),
    (("I am allergic to {}.", "I have an allergy to {}.", "I can't eat {}."), ("What am I allergic to?", "Which allergy do I have?", "What can't I eat?"), "You are allergic to {}.", "word"),
)  # fmt: skip
OWNED = "favorite color|favourite food|favorite city|dog|cat|sister|brother|mother|father|wife|husband|boss|best friend|email|phone number|favorite number|password|code word|favorite book|car|street|school|teacher|doctor|team|lucky number|order number|room number|bike|daughter|son|project|company|locker code|flight number|nickname|favorite animal|hobby|instrument|home town|deadline|budget|account number|favorite drink|favorite movie|neighbor|manager|hotel|seat|shoe size".split("|")
PEOPLE = frozenset("dog cat sister brother mother father wife husband boss teacher doctor son daughter manager neighbor".split()) | {"best friend"}
TELL_OWNED = ("My {a} is {v}.", "Remember that my {a} is {v}.", "Please remember: my {a} is {v}.", "My {a} is {v}, don't forget it.", "Note that my {a} is {v}.", "I want you to know that my {a} is {v}.", "my {a} is {v}", "By the way, my {a} is {v}.", "Keep in mind that my {a} is {v}.", "For later: my {a} is {v}.", "Just so you know, my {a} is {v}.")
TELL_CALLED = ("My {a} is called {v}.", "My {a}'s name is {v}.", "The name of my {a} is {v}.", "I have a {a} named {v}.", "My {a} has the name {v}.", "I have a {a}, {v}.")
ASK_OWNED = ("What is my {a}?", "What's my {a}?", "Do you remember my {a}?", "Tell me my {a}.", "Which {a} do I have?", "What did I say my {a} was?", "Can you tell me what my {a} is?", "What was my {a}?", "Please repeat my {a}.", "And my {a}?", "Do you know my {a}?", "What about my {a}?")
ASK_CALLED = ("What is my {a} called?", "What is the name of my {a}?", "What's my {a}'s name?", "Who is my {a}?", "How is my {a} called?", "What is my {a}?", "Do you remember the name of my {a}?", "Tell me the name of my {a}.")
NOTED = ("Ok, I will remember that.", "Noted.")
NOT_TOLD = "You have not told me."


def memory(w: Words) -> list[Message]:
    """One to three facts about the user, other talk in between, then questions, some about what was never said."""
    told: list[tuple[str, str]] = []
    messages: list[Message] = []
    for _ in range(w.pick((1, 1, 1, 2, 2, 3))):
        tell, ask, answer, ack = _fact(w)
        if answer.split(" is ")[0] in {a.split(" is ")[0] for _, a in told}:
            continue
        told.append((ask, answer))
        messages += [user(tell), assistant(ack)]
        if len(told) == 1 and w.chance(0.12):
            _, ask2, answer2, _ = second = _fact(w)
            if second[3] != ack or answer2[:12] != answer[:12]:
                messages[-2] = user(f"{tell} {upper_first(second[0])}")
                told.append((ask2, answer2))
    for _ in range(w.pick((0, 0, 1, 1, 2, 3))):
        messages += between(w)
    w.rng.shuffle(told)
    for ask, answer in told[: w.pick((1, 1, 2, 3))]:
        messages += [user(ask), assistant(answer)]
        if w.chance(0.12):
            messages += between(w)
    if w.chance(0.12):
        _, ask, answer, _ = _fact(w)
        if all(answer.split()[:3] != a.split()[:3] for _, a in told):
            messages += [user(ask), assistant(NOT_TOLD)]
    return messages


def _fact(w: Words) -> tuple[str, str, str, str]:
    """What is told, the question, its answer, and what is said on hearing it."""
    kind = w.rng.random()
    if kind < 0.4:
        name = w.person()
        return w.pick(TELL_NAME).format(name), w.pick(ASK_NAME), f"Your name is {name}.", f"Nice to meet you, {name}!"
    if kind < 0.65:
        tells, asks, answer, value_kind = w.pick(FACTS)
        value = w.pick(ANIMALS) if value_kind == "animal" else str(w.kind(value_kind))
        return w.pick(tells).format(value), w.pick(asks), answer.format(value), w.pick(NOTED)
    owned = w.pick(OWNED) if w.chance(0.6) else w.thing()
    value = str(w.kind(w.pick(("name", "name", "word", "color", "thing", "code", "int", "city", "state"))))
    if owned in PEOPLE or w.chance(0.15):
        value = w.name()
        return w.pick(TELL_CALLED + TELL_OWNED[:2]).format(a=owned, v=value), w.pick(ASK_CALLED).format(a=owned), f"Your {owned} is {value}.", w.pick(NOTED)
    return w.pick(TELL_OWNED).format(a=owned, v=value), w.pick(ASK_OWNED).format(a=owned), f"Your {owned} is {value}.", w.pick(NOTED)


def between(w: Words) -> list[Message]:
    return w.pick((greet, greet, identity, refuse, one_sum, sentiment))(w)


# -- system prompts ------------------------------------------------------------------------------------------------------

HELLO_IN = {
    "English": "Hello! How can I help you?", "French": "Bonjour ! Comment puis-je vous aider ?", "German": "Hallo! Wie kann ich helfen?", "Spanish": "¡Hola! ¿Cómo puedo ayudarte?", "Italian": "Ciao! Come posso aiutarti?",
    "Portuguese": "Olá! Como posso ajudar?", "Dutch": "Hallo! Hoe kan ik je helpen?", "Polish": "Cześć! Jak mogę pomóc?", "Japanese": "こんにちは!", "Korean": "안녕하세요!", "Chinese": "你好!", "Arabic": "مرحبا!", "Russian": "Привет!", "Turkish": "Merhaba!", "Greek": "Γεια σου!",
}  # fmt: skip
IN_LANGUAGE = ("Greet the user in {l}.", "Always greet in {l}.", "You are a helpful assistant that greets in {l}.", "Say hello in {l}.", "Answer greetings in {l}.", "Your greeting must be in {l}.", "Use {l} when you greet people.", "You speak {l}.", "Answer in {l}.", "Always reply in {l}.", "The user wants to be greeted in {l}.", "Greetings are to be given in {l} only.", "You are an assistant from a place where people speak {l}.")
AS_ROLE = ("You are {n}, a {r}.", "Your name is {n} and you are a {r}.", "You play the role of {n}, a {r}.", "Act as {n} the {r}.", "You are a {r} called {n}.", "Pretend to be {n}, a {r}.", "You are a {r}. Your name is {n}.", "You are now {n}, the {r}.")
AS_NAME = ("You are {n}.", "Your name is {n}.", "You are an assistant called {n}.", "You are {n}, a helpful assistant.", "Call yourself {n}.", "You are the assistant {n}. Be helpful.", "You are {n}, the support bot of {c}.")
ROLES = "pirate captain wizard robot knight king queen teacher doctor chef poet detective sailor ghost dragon farmer guide guard nurse butler librarian tutor scientist".split()
ASK_ROLE = ("Who are you?", "What is your name?", "Introduce yourself.", "Who am I talking to?", "What are you?", "Tell me who you are.", "And you are?", "Whom do I speak with?", "What's your name?")
BRIEF = ("Be brief.", "Answer briefly.", "Keep your answers short.", "Be very brief.", "You give short answers.", "Answer in as few words as possible.", "Short answers only.", "Be concise.", "You are a terse assistant.", "Reply with very few words.")
ENDINGS = ("End every answer with {p}", "End each answer with: {p}", "Always end with \"{p}\"", "Finish every reply with {p}", "Every answer must end with {p}", "Close all your answers with the words {p}", "Your replies end with \"{p}\".", "After each answer add: {p}", "Put \"{p}\" at the end of every message.", "You always finish with the phrase {p}")
STARTS = ("Begin every answer with {p}", "Start each answer with: {p}", "Always start with \"{p}\"", "Every reply begins with {p}", "Put \"{p}\" before every answer.")
PHRASES = "Over and out.|Have a nice day!|That is all.|Yours truly.|Cheers!|Aye!|The end.|So be it.|Stay safe!|Thank you.|Amen.|Ahoy!|Beep.|Meow!|Good luck!|Peace.".split("|")
HELPFUL = ("You are a helpful assistant.", "You are a helpful assistant.", "You are a helpful assistant.", "You are helpful.", "You are an assistant.", "You are a friendly assistant.", "Be helpful.", "You are a polite and helpful assistant.", "You are an AI assistant.", "Help the user.", "You are a useful bot.", "Answer the user.", "You are a customer support agent.", "You assist users with their tasks.", "Today is Monday.", "You are a helpful assistant with tools.", "Use the tools when needed.", "You are a careful assistant. Do what the user asks.")


def steered(w: Words) -> Conversation:
    """A system prompt that changes the answer."""
    kind = w.rng.random()
    if kind < 0.26:
        language = w.pick(LANGUAGES)
        return Conversation([system(w.pick(IN_LANGUAGE).format(l=language)), user(w.pick(HELLO)), assistant(HELLO_IN[language])])
    if kind < 0.5:
        name = w.person() if w.chance(0.8) else f"{w.pick(('Captain', 'Doctor', 'Sir', 'Lady', 'Professor', 'Chef'))} {w.name()}"
        if w.chance(0.6):
            role = w.pick(ROLES) if w.chance(0.7) else w.job()
            messages = [system(w.pick(AS_ROLE).format(n=name, r=role) + w.pick(("", "", " Be friendly.", " You help the user."))), user(w.pick(ASK_ROLE)), assistant(f"I am {name}, a {role}.")]
        else:
            messages = [system(w.pick(AS_NAME).format(n=name, c=w.company())), user(w.pick(ASK_ROLE)), assistant(f"I am {name}.")]
        if w.chance(0.3):
            messages[1:1] = greet(w)
        return Conversation(messages)
    if kind < 0.68:
        messages = [system(w.pick((f"{w.pick(HELPFUL)} ", "", "")) + w.pick(BRIEF))]
        for _ in range(w.number(1, 3)):
            messages += _briefly(w)
        return Conversation(messages)
    phrase = w.pick(PHRASES) if w.chance(0.4) else upper_first(w.clause() if w.chance(0.5) else f"{w.invented()} {w.invented()}") + w.pick(("!", ".", "."))
    messages = []
    for _ in range(w.number(1, 3)):
        messages += w.pick((greet, greet, identity, one_sum, refuse, repeat))(w)
    ends = w.chance(0.75)
    for message in messages:
        if message["role"] == "assistant":
            message["content"] = f"{message['content']} {phrase}" if ends else f"{phrase} {message['content']}"
    return Conversation([system(w.pick((f"{w.pick(HELPFUL)} ", "", "")) + w.pick(ENDINGS if ends else STARTS).format(p=phrase)), *messages])


def _briefly(w: Words) -> list[Message]:
    messages = w.pick((greet, identity, refuse, one_sum))(w)
    short = {GREETING: "Hello!", I_AM: "A small demo model.", DONT_KNOW: "I do not know."}
    for message in messages:
        if message["role"] == "assistant":
            text = message["content"]
            message["content"] = short.get(text, "I cannot do that." if text in REFUSALS else text if len(text) < 25 else "Tools, JSON, texts, sums.")
    return messages


# -- sentiment, sums, repeating ------------------------------------------------------------------------------------------

REVIEWS = ("The {x} {v} {a}.", "This {x} {v} {a}.", "I find the {x} {a}.", "What a{n} {a} {x}!", "{A} {x}.", "The {x} was {a} and the {y} was {b}.", "A{n} {a} {x}, really.", "I think this {x} is {a}. The {y} is {b} too.", "{A}! The {x} is {b}.", "Bought the {x} last week. It is {a}.", "My {x} arrived and it {v} {a}.", "The staff was {a} and the {x} {b}.", "Such a{n} {a} {x}.", "The {x} looks {a}, feels {b}.", "We had a{n} {a} time at the {x}.", "It is a{n} {a} {x} with a{m} {b} {y}.", "Everything about the {x} is {a}.", "Honestly, the {x} is {a}.", "The {x} turned out {a}.", "Absolutely {a} {x}.")
LIKED = ("I love this {x}.", "I like the {x} a lot.", "I am very happy with the {x}.", "I would buy this {x} again.", "The {x} works well.", "Best {x} ever.", "I recommend this {x}.", "Five stars for the {x}.", "The {x} is not bad at all.", "I enjoyed the {x}.", "We are delighted with the {x}.")
HATED = ("I hate this {x}.", "I do not like the {x}.", "I am unhappy with the {x}.", "I want my money back for the {x}.", "The {x} does not work.", "Worst {x} ever.", "I cannot recommend this {x}.", "One star for the {x}.", "The {x} is not good.", "The {x} broke after a day.", "Do not buy the {x}.", "I regret buying the {x}.")
NEUTRAL = ("The {x} is {c}.", "The {x} arrived on {d}.", "I bought a {x}.", "The {x} weighs {m}.", "It is a {x}.", "The {x} has a {y}.", "The {x} was delivered to {p}.", "The {x} is ok.", "The {x} is average.", "There is a {x} in the box.")
ASK_SENTIMENT = ("Is this review positive or negative? {t}", "Classify the sentiment: {t}", "Sentiment of \"{t}\"?", "{t}\n\nSentiment:", "Is the sentiment positive, negative or neutral?\n{t}", "What is the sentiment of this text? {t}", "Classify as positive, negative or neutral: {t}", "Positive or negative? {t}", "Review: {t}\nSentiment:", "Tell me the sentiment of this review: {t}", "Does the writer like it? Answer positive or negative.\n{t}", "Rate the sentiment of the following.\n\n{t}", "{t}\n\nIs that positive or negative?", "Label this review: {t}", "Analyze the sentiment: {t}", "Decide whether this is positive or negative: {t}")


def sentiment(w: Words) -> list[Message]:
    x, y = w.noun(), w.noun()
    label = w.pick(("positive", "negative", "positive", "negative", "neutral"))
    if label == "neutral":
        text = w.pick(NEUTRAL).format(x=x, y=y, c=w.color(), d=w.when(), m=w.measure(), p=w.city())
    else:
        text = opinion(w, label == "positive", x, y)
        if w.chance(0.25):
            text += " " + opinion(w, label == "positive", w.noun(), w.noun())
    ask = w.pick(ASK_SENTIMENT)
    while label == "neutral" and "neutral" not in ask and ("ositive" in ask):
        ask = w.pick(ASK_SENTIMENT)
    return [user(ask.format(t=text)), assistant(label)]


def opinion(w: Words, positive: bool, x: str, y: str) -> str:
    if w.chance(0.25):
        return w.pick(LIKED if positive else HATED).format(x=x)
    mine = POSITIVE if positive else NEGATIVE
    a, b = w.pick(mine), w.pick(mine)
    if w.chance(0.1):
        a = "not " + w.pick(NEGATIVE if positive else POSITIVE)
        return f"The {x} is {a}."
    return w.pick(REVIEWS).format(x=x, y=y, a=a, b=b, A=upper_first(a), v=w.pick(("is", "was", "is really", "is very", "is so")), n="n" if a[0] in "aeiou" else "", m="n" if b[0] in "aeiou" else "")


ASK_SUM = ("What is {a} + {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} =", "How much is {a} + {b}?", "What is {a} plus {b}?", "Add {a} and {b}.", "{a} plus {b}", "Calculate {a} + {b}", "What's {a}+{b}?", "{a} plus {b}?", "Sum of {a} and {b}?", "What is the sum of {a} and {b}?", "Compute {a} + {b}.", "How much is {a} and {b}?", "{a}+{b}=?", "what is {a}+{b}", "Can you add {a} and {b}?", "What do you get when you add {a} to {b}?", "Work out {a} + {b}", "If I have {a} and get {b} more, how many do I have?", "Tell me {a} plus {b}.")


def one_sum(w: Words) -> list[Message]:
    high = w.pick((9, 9, 20, 99, 99, 99))
    a, b = w.number(0, high), w.number(0, w.pick((9, high, high)))
    return [user(w.pick(ASK_SUM).format(a=a, b=b)), assistant(str(a + b))]


def sums(w: Words) -> list[Message]:
    """Several at once: a sum is few tokens and there are ten thousand of them to learn."""
    return [message for _ in range(w.number(3, 8)) for message in one_sum(w)]


ASK_REPEAT = ("Repeat: {t}", "Say {t}", "Echo: {t}", "Copy this: {t}", "Repeat after me: {t}", "Say \"{t}\"", "Write {t}", "Please say {t}", "Repeat the following:\n{t}", "Print {t}", "Respond with {t}", "Reply with: {t}", "Just say {t}", "Answer with the words {t}", "Say exactly: {t}", "Type {t}")


def repeat(w: Words) -> list[Message]:
    text = " ".join(w.pick((w.invented, w.invented, w.noun, w.name, w.code, lambda: str(w.integer()), lambda: w.pick(STATES)))() for _ in range(w.number(1, 6)))
    return [user(w.pick(ASK_REPEAT).format(t=text)), assistant(text)]
