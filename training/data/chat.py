"""Greetings and small talk that end, what the model is, and what it cannot do."""

from __future__ import annotations

from ..render import Message, assistant, user
from .rough import rough
from .words import Words

HELLO = (
    "Hi",
    "Hello",
    "Hey",
    "Hi!",
    "Hello!",
    "Hey there",
    "Hello there!",
    "Good morning",
    "Good evening!",
    "Good afternoon",
    "Hi there",
    "hello",
    "hi",
    "Greetings",
    "Howdy",
    "Yo",
    "hey!",
    "Good day",
    "HELLO",
    "Hello.",
    "Hi :)",
    "Hello, how are you?",
    "Hi, how are you?",
    "Good morning!",
    "Morning!",
    "Hello World",
    "Hello World!",
    "Hello world!",
    "Hello, world!",
    "hello world",
    "Hello, world",
    "Say hello",
    "Say hi",
    "Say hello!",
    "Greet me",
    "Hi again",
    "Hello friend",
    "Is anybody there?",
    "Hallo",
    "Hello bot",
    "Hey you",
    "ping",
    "test",
    "Testing",
    "This is a test.",
    "Hello, are you there?",
    "Say hello world",
    "Hi everyone",
    "Hello assistant",
    "Can you hear me?",
    "Hello, can you hear me?",
)
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
IDENTITY = (
    "Who are you?",
    "What are you?",
    "What is your name?",
    "Are you a human?",
    "Are you ChatGPT?",
    "Which model are you?",
    "What model is this?",
    "Tell me about yourself.",
    "Are you a robot?",
    "Are you GPT-4?",
    "Introduce yourself",
    "Who am I talking to?",
    "who are you",
    "What kind of model are you?",
    "How big are you?",
    "Are you large?",
    "What's your name?",
    "Who made you?",
    "Who built you?",
    "Are you an AI?",
    "Are you intelligent?",
    "How many parameters do you have?",
    "What language model are you?",
    "Are you real?",
    "Is this ChatGPT?",
    "Describe yourself",
    "Say who you are",
    "Are you a big model?",
    "What should I call you?",
    "Do you have a name?",
)
I_AM = "I am Homeport's demo model. I am very small, so I can only do simple things."
TOPICS = "quantum computing|love|the sea|black holes|the French revolution|machine learning|autumn|artificial intelligence|philosophy|the economy|gravity|history|recursion|time|photosynthesis|the stock market|democracy|relativity|spring|distributed systems|AI|the moon|evolution|neural networks|music theory|climate change|the CAP theorem|football|cooking|Python|databases|dreams|friendship|the brain|space travel|blockchain|healthy food".split(
    "|"
)
OPEN_ENDED = (
    "Explain {t}", "Explain {t} to me.", "Write a poem about {t}", "Write a haiku about {t}", "Write a story about {t}.", "Tell me a story about {t}", "What is {t}?", "Write an essay about {t}", "How does {t} work?", "Why is {t} important?", "Tell me about {t}.", "Give me advice on {t}", "Write a song about {t}", "What do you think about {t}?", "Explain {t} in simple words", "Describe {t}", "Compare {t} and {u}", "What is the difference between {t} and {u}?",
    "Write a Python function about {t}", "Write code for {t}", "Give me ten ideas for {t}", "Write a blog post about {t}", "Teach me {t}", "Discuss {t}.", "What is the meaning of {t}?", "Tell me a joke about {t}", "Write a limerick on {t}", "Can you explain {t}?", "I want to learn about {t}", "Help me understand {t}", "Plan a trip about {t}", "Who invented {t}?", "When did {t} begin?", "Make a plan for {t}", "Give me a lecture on {t}", "Summarize the history of {t}", "Please explain {t} step by step", "What causes {t}?", "Is {t} good or bad?", "How can I improve my {t}?", "Compose a letter on {t}", "Invent a tale of {t}",
)  # fmt: skip
#: By the way the request begins, so that which one to say can be learned.
TOO_BIG, TOO_HARD, TOO_SMALL = REFUSALS = (
    "I am only a small demo model, so I cannot do that.",
    "That is too hard for a small model like me.",
    "Sorry, I am too small a model for that.",
)
WRITING = frozenset("Write Compose Invent Make Plan Give".split())
TRIVIA = (
    "What is the capital of {c}?",
    "Who is the president of {c}?",
    "How many people live in {c}?",
    "Who wrote {p}?",
    "When was {n} born?",
    "What is the population of {c}?",
    "Who is {n}?",
    "Where is {c}?",
    "How old is {n}?",
    "What does {p} mean?",
    "How far is {c} from {d}?",
    "Who won the game in {c}?",
    "What is the price of {p}?",
    "When was {c} founded?",
    "Which language is spoken in {c}?",
    "What is the weather in {c}?",
    "What time is it in {c}?",
    "Where does {n} live?",
    "Who founded {p}?",
    "What is the tallest building in {c}?",
    "Do you know {n}?",
    "What happened in {c}?",
)
DONT_KNOW = "I do not know that. I am only a small demo model."


def greet(w: Words) -> list[Message]:
    if w.chance(0.55):
        hello = w.pick(HELLO)
        return [user(hello), assistant(GREETING)]
    asks, answer = w.pick(SMALL_TALK)
    return [user(w.pick(asks)), assistant(answer)]


def identity(w: Words) -> list[Message]:
    return [user(rough(w, w.pick(IDENTITY))), assistant(I_AM)]


def refuse(w: Words) -> list[Message]:
    if w.chance(0.4):
        question = w.pick(TRIVIA).format(c=w.city(), d=w.city(), p=w.phrase(), n=w.person())
        return [user(rough(w, question)), assistant(DONT_KNOW)]
    topics = [w.pick(TOPICS) if w.chance(0.6) else w.pick((w.thing, w.invented, w.noun))() for _ in range(2)]
    wish = w.pick(OPEN_ENDED).format(t=topics[0], u=topics[1])
    verb = wish.split()[0]
    answer = TOO_BIG if verb in WRITING else TOO_SMALL if wish.endswith("?") else TOO_HARD
    return [user(rough(w, w.pick(("", "", "", "Please ")) + wish)), assistant(answer)]
