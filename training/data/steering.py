"""System prompts: some change the answer (language, role, length, a phrase), most only stand there."""

from __future__ import annotations

from ..render import Conversation, Message, assistant, system, user
from .chat import DONT_KNOW, GREETING, HELLO, I_AM, REFUSALS, greet, identity, refuse
from .exercises import one_sum, repeat
from .rough import rough
from .words import ADJECTIVES, LANGUAGES, Words, upper_first

HELLO_IN = {
    "English": "Hello! How can I help you?", "French": "Bonjour ! Comment puis-je vous aider ?", "German": "Hallo! Wie kann ich helfen?", "Spanish": "¡Hola! ¿Cómo puedo ayudarte?", "Italian": "Ciao! Come posso aiutarti?",
    "Portuguese": "Olá! Como posso ajudar?", "Dutch": "Hallo! Hoe kan ik je helpen?", "Polish": "Cześć! Jak mogę pomóc?", "Japanese": "こんにちは!", "Korean": "안녕하세요!", "Chinese": "你好!", "Arabic": "مرحبا!", "Russian": "Привет!", "Turkish": "Merhaba!", "Greek": "Γεια σου!",
}  # fmt: skip
IN_LANGUAGE = (
    "Greet the user in {l}.",
    "Always greet in {l}.",
    "You are a helpful assistant that greets in {l}.",
    "Say hello in {l}.",
    "Answer greetings in {l}.",
    "Your greeting must be in {l}.",
    "Use {l} when you greet people.",
    "You speak {l}.",
    "Answer in {l}.",
    "Always reply in {l}.",
    "The user wants to be greeted in {l}.",
    "Greetings are to be given in {l} only.",
    "You are an assistant from a place where people speak {l}.",
    "When the user says hi, answer with a greeting in {l}.",
    "People who say hello get a {l} greeting.",
    "Our guests speak {l}. Welcome them in their language.",
    "You are a receptionist and say hello in {l}.",
    "Welcome everybody in {l}.",
    "The language of your greetings is {l}.",
    "Please use {l} for saying hello.",
    "A greeting from you is always {l}.",
    "You work at a shop in which all greetings are in {l}.",
    "You welcome visitors. Language: {l}.",
)
AS_ROLE = (
    "You are {n}, a {r}.",
    "Your name is {n} and you are a {r}.",
    "You play the role of {n}, a {r}.",
    "Act as {n} the {r}.",
    "You are a {r} called {n}.",
    "Pretend to be {n}, a {r}.",
    "You are a {r}. Your name is {n}.",
    "You are now {n}, the {r}.",
    "Today you are a {r} and your name is {n}.",
    "Speak as {n}, a {r}.",
    "This is a story in which you are {n}, a {r}.",
    "The user meets {n}, a {r}. You are {n}.",
    "Be {n}, a {r}, for this conversation.",
    "{n} is a {r}. You are {n}.",
    "Your job is {r}, your name is {n}.",
    "Imagine that you are {n}, a {r}.",
    "Take the role of {n} who works as a {r}.",
)
AS_NAME = (
    "You are {n}.",
    "Your name is {n}.",
    "You are an assistant called {n}.",
    "You are {n}, a helpful assistant.",
    "Call yourself {n}.",
    "You are the assistant {n}. Be helpful.",
    "You are {n}, the support bot of {c}.",
)
ROLES = "pirate captain wizard robot knight king queen teacher doctor chef poet detective sailor ghost dragon farmer guide guard nurse butler librarian tutor scientist".split()
ASK_ROLE = (
    "Who are you?",
    "What is your name?",
    "Introduce yourself.",
    "Who am I talking to?",
    "What are you?",
    "Tell me who you are.",
    "And you are?",
    "Whom do I speak with?",
    "What's your name?",
    "Please say who you are.",
    "Tell me your name.",
    "Who is this?",
    "May I know your name?",
    "Who is speaking?",
    "Do you have a name?",
    "Could you introduce yourself?",
    "And what is your name?",
    "How may I call you?",
)
BRIEF = (
    "Be brief.",
    "Answer briefly.",
    "Keep your answers short.",
    "Be very brief.",
    "You give short answers.",
    "Answer in as few words as possible.",
    "Short answers only.",
    "Be concise.",
    "You are a terse assistant.",
    "Reply with very few words.",
    "Use few words.",
    "Your replies are brief.",
    "Do not talk much, be short.",
    "Keep it short, always.",
    "A brief answer is enough.",
    "The user has little time, so be brief.",
    "You answer shortly.",
)
ENDINGS = (
    "End every answer with {p}",
    "End each answer with: {p}",
    'Always end with "{p}"',
    "Finish every reply with {p}",
    "Every answer must end with {p}",
    "Close all your answers with the words {p}",
    'Your replies end with "{p}".',
    "After each answer add: {p}",
    'Put "{p}" at the end of every message.',
    "You always finish with the phrase {p}",
    "The last words of all your answers are {p}",
    "All answers end with {p}",
    'Say "{p}" at the end of each message.',
    "Never stop before you have said {p}",
    "No answer without these words at its end: {p}",
    'Everything you say is followed by "{p}"',
    "Sign every message with {p}",
)
STARTS = (
    "Begin every answer with {p}",
    "Start each answer with: {p}",
    'Always start with "{p}"',
    "Every reply begins with {p}",
    'Put "{p}" before every answer.',
)
PHRASES = "Over and out.|Have a nice day!|That is all.|Yours truly.|Cheers!|Aye!|The end.|So be it.|Stay safe!|Thank you.|Amen.|Ahoy!|Beep.|Meow!|Good luck!|Peace.".split(
    "|"
)
HELPFUL = (
    "You are a helpful assistant.",
    "You are a helpful assistant.",
    "You are a helpful assistant.",
    "You are helpful.",
    "You are an assistant.",
    "You are a friendly assistant.",
    "Be helpful.",
    "You are a polite and helpful assistant.",
    "You are an AI assistant.",
    "Help the user.",
    "You are a useful bot.",
    "Answer the user.",
    "You are a customer support agent.",
    "You assist users with their tasks.",
    "Today is Monday.",
    "You are a helpful assistant with tools.",
    "Use the tools when needed.",
    "You are a careful assistant. Do what the user asks.",
)


def backdrop(w: Words) -> str:
    """A system prompt that changes nothing about the answers trained here."""
    if w.chance(0.6):
        return w.pick(HELPFUL)
    return w.pick((
        f"You are an assistant for {w.company()}.", f"You help people with their {w.noun()}s.", f"You are a support agent of {w.company()}. Be polite.", f"You work in the {w.noun()} department.", f"You answer questions about {w.thing()}s.",
        f"Today is {w.date()}.", f"The user lives in {w.city()}.", f"You are an expert in {w.noun()}s.", f"You are an assistant. The date is {w.date()}.", f"The company is called {w.company()}.", f"You are a {w.pick(ADJECTIVES)} assistant. {w.pick(HELPFUL)}",
    ))  # fmt: skip


def steered(w: Words) -> Conversation:
    """A system prompt that changes the answer."""
    kind = w.rng.random()
    if kind < 0.26:
        language = w.pick(LANGUAGES)
        return Conversation(
            [
                system(rough(w, w.pick(IN_LANGUAGE).format(l=language), [language])),
                user(w.pick(HELLO)),
                assistant(HELLO_IN[language]),
            ]
        )
    if kind < 0.5:
        name = (
            w.person()
            if w.chance(0.8)
            else f"{w.pick(('Captain', 'Doctor', 'Sir', 'Lady', 'Professor', 'Chef'))} {w.name()}"
        )
        if w.chance(0.6):
            role = w.pick(ROLES) if w.chance(0.7) else w.job()
            messages = [
                system(
                    w.pick(AS_ROLE).format(n=name, r=role) + w.pick(("", "", " Be friendly.", " You help the user."))
                ),
                user(w.pick(ASK_ROLE)),
                assistant(f"I am {name}, a {role}."),
            ]
        else:
            messages = [
                system(w.pick(AS_NAME).format(n=name, c=w.company())),
                user(w.pick(ASK_ROLE)),
                assistant(f"I am {name}."),
            ]
        if w.chance(0.3):
            messages[1:1] = greet(w)
        return Conversation(messages)
    if kind < 0.68:
        messages = [system(w.pick((f"{w.pick(HELPFUL)} ", "", "")) + w.pick(BRIEF))]
        for _ in range(w.number(1, 3)):
            messages += _briefly(w)
        return Conversation(messages)
    phrase = (
        w.pick(PHRASES)
        if w.chance(0.4)
        else upper_first(w.clause() if w.chance(0.5) else f"{w.invented()} {w.invented()}") + w.pick(("!", ".", "."))
    )
    messages = []
    for _ in range(w.number(1, 3)):
        messages += w.pick((greet, greet, identity, one_sum, refuse, repeat))(w)
    ends = w.chance(0.75)
    for message in messages:
        if message["role"] == "assistant":
            message["content"] = f"{message['content']} {phrase}" if ends else f"{phrase} {message['content']}"
    return Conversation(
        [
            system(w.pick((f"{w.pick(HELPFUL)} ", "", "")) + w.pick(ENDINGS if ends else STARTS).format(p=phrase)),
            *messages,
        ]
    )


def _briefly(w: Words) -> list[Message]:
    messages = w.pick((greet, identity, refuse, one_sum))(w)
    short = {GREETING: "Hello!", I_AM: "A small demo model.", DONT_KNOW: "I do not know."}
    for message in messages:
        if message["role"] == "assistant":
            text = message["content"]
            message["content"] = short.get(
                text,
                "I cannot do that." if text in REFUSALS else text if len(text) < 25 else "Tools, JSON, texts, sums.",
            )
    return messages
