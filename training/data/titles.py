"""Titles and one-line summaries of short texts, by extraction."""

from __future__ import annotations

import re

from ..render import Conversation, assistant, user
from .passages import fact, filler
from .relations import VERBS
from .requests import MORE_SUMMARY_ASKS, MORE_SUMMARY_ORDERS, MORE_TITLE_ASKS, MORE_TITLE_ORDERS
from .words import ADJECTIVES, COLORS, DAYS, MONTHS, Words, upper_first

PLACES = "school museum library hospital theatre airport station stadium market park zoo university court harbour bank hotel prison factory bakery church police council".split()
#: Who does it; `+` marks a plural.
SUBJECTS = (
    "{person}", "{company}", "the {place} of {city}", "the city of {city}", "the village of {city}", "the mayor of {city}", "the new owner of {company}", "the head of {company}", "the former owner of {company}",
    "the {job} {person}", "{job} {person}", "a {job} from {city}", "a young {job} from {city}", "an old {job} from {city}", "a {job} called {name}", "the {adj} {job}", "a {noun} maker from {city}", "a family from {city}", "a team from {city}", "a student from {city}", "a tourist from {city}",
    "a group of {jobs}", "a group of {jobs} from {city}", "a club of {jobs}", "a spokesman of {company}", "the chairwoman of {company}", "the founder of {company}", "the {city} {place}", "the {city} city council", "the government of {city}", "a court of {city}", "the president of {city}", "Mr {surname}", "Mrs {surname}", "Dr {surname}",
    "Professor {surname}", "Captain {surname}", "Mayor {surname}", "Minister {surname}", "Judge {surname}", "Sister {name}", "King {name}", "Queen {name}", "the {noun} company {company}", "the start-up {company}", "the brother of {person}", "the daughter of {person}", "the neighbour of {name}", "a friend of {name}", "the team of {person}",
    "the {noun} club of {city}", "the {place}", "our {job}", "one of the {jobs}", "a rival of {company}", "the youngest {job} of {city}", "the oldest {place} of {city}", "every {job} of {city}", "nobody at {company}",
    "+two {jobs} from {city}", "+three {jobs} of {company}", "+{n} {jobs}", "+{n} {jobs} from {city}", "+residents of {city}", "+the residents of {city}", "+the people of {city}", "+the owners of {company}", "+the police of {city}", "+{name} and {name}", "+{company} and {company}", "+{person} and the {job} {name}", "+the {jobs} of {city}",
    "+many {jobs}", "+some {jobs} from {city}", "+workers of {company}", "+parents from {city}", "+the children of {name}", "+researchers of {company}", "+scientists from {city}", "+hundreds of {jobs}", "+firefighters from {city}", "+the friends of {name}", "+the brothers {name} and {name}", "+the cities of {city} and {city}", "+several {jobs}",
)  # fmt: skip
#: What is done to what: base forms (irregular ones with their past and participle) and objects that fit them.
DOINGS = [
    (verbs.split(), objects.split("|"))
    for verbs, objects in (
        ("build/built/built repair sell/sold/sold buy/bought/bought find/found/found lose/lost/lost steal/stole/stolen break/broke/broken hide/hid/hidden paint donate order deliver rent test clean replace remove design move export import recycle collect restore examine photograph invent destroy discover receive inspect return borrow show/showed/shown keep/kept/kept weigh measure lend/lent/lent choose/chose/chosen bring/brought/brought copy throw/threw/thrown", "a {thing}|the {thing}|{n} {things}|a {thing} and a {noun}|the {thing} and the {noun}|{n} {things} and {n} {nouns}|the {adj} {thing}|a {adj}, {color} {noun}|the {thing} of {person}|the {noun} of {company}|two {adj} {nouns}|the first {noun} of {city}|the largest {noun} of {city}|hundreds of {things}|its {adj} {noun}|another {thing}|all the {nouns}|every {noun} of {city}|a pair of {nouns}|the {noun} \"{word}\"|the {thing} {code}|some {things}|thousands of {nouns}"),
        ("open close renovate visit search clean evacuate expand rebuild/rebuilt/rebuilt enter leave/left/left occupy rename reopen buy/bought/bought sell/sold/sold inspect paint heat defend", "the {place} of {city}|a {place}|a new {place}|the old {place}|a second {place}|the {city} {place}|{n} {places}|the {adj} {place}|the {place} and the {place}|its {place}|the {place} of {company}|the biggest {place} of {city}|the {noun} factory"),
        ("hire fire thank meet/met/met honour arrest rescue elect accuse sue warn interview replace appoint invite visit help teach/taught/taught beat/beat/beaten follow find/found/found criticize praise marry support train pay/paid/paid forgive/forgave/forgiven", "{person}|the {job} {person}|a {job}|{n} {jobs}|the mayor of {city}|the owner of {company}|two {jobs}|{name} and {name}|a {job} called {name}|hundreds of {jobs}|the {jobs} of {city}|the founder of {company}|Mr {surname}|Mrs {surname}|Dr {surname}|a new {job}|all {jobs}"),
        ("buy/bought/bought sue warn fine leave/left/left join investigate save accuse criticize praise sell/sold/sold close rescue overtake/overtook/overtaken visit advise", "{company}|the company {company}|{company} and {company}|the {noun} maker {company}|its rival {company}|the {city} {place}|the owners of {company}"),
        ("publish sign reject approve announce postpone cancel present write/wrote/written change withdraw/withdrew/withdrawn finish discuss stop/stopped/stopped prepare start support oppose read/read/read accept file delay", "a report|the {adj} report|a plan|the {noun} plan|a new law|the {noun} law|the budget|the {noun} contract|a contract of {measure}|the {noun} project|{n} new rules|a book called {word}|the {adj} {noun} policy|a list of {n} {nouns}|the sale of {company}|the {noun} festival|a ban of {nouns}|the {noun} tax|the {city} project|a study of {nouns}|a complaint|the project {word}"),
        ("raise spend/spent/spent lose/lost/lost win/won/won donate pay/paid/paid earn invest collect save owe demand borrow offer", "{amount}|more than {amount}|almost {amount}|about {amount}|{amount} and a {noun}|nearly {amount}|a prize of {amount}"),
        ("break/broke/broken set/set/set miss hold/held/held", "the {noun} record|a new {noun} record|the national {noun} record|the {city} record"),
        ("move return travel drive/drove/driven walk come/came/come go/went/gone fly/flew/flown", "to {city}|back to {city}|to the {place} of {city}|to the {noun} island"),
    )
]  # fmt: skip
#: Passive wordings: a subject and what was done to it.
PASSIVE_SUBJECTS = ("a {thing}", "the {thing}", "a {thing} of {person}", "the {noun} of {company}", "the {place} of {city}", "the {noun} of {city}", "the {city} {place}", "a {adj}, {color} {noun}", "the {adj} {noun}", "+{n} {things}", "+two {things}", "+the {things} of {name}", "+all {nouns}", "+hundreds of {things}", "+thousands of {nouns}", "a new {noun}", "the last {noun}", "the {noun} project", "the {noun} plan")  # fmt: skip
PASSIVE_VERBS = "found sold stolen built repaired opened closed destroyed replaced cancelled moved tested removed renamed rebuilt rescued painted delivered damaged restored discovered banned recalled auctioned lost cleaned donated inspected delayed approved rejected saved bought ordered examined returned hidden shown weighed borrowed criticized".split()  # fmt: skip
PASSIVE = [*PASSIVE_VERBS, "given away", "taken down", "shut down", "turned off", "thrown away"]
BY = ("", " by {person}", " by {company}", " by a {job}", " by the police", " by {n} {jobs}", " by the {place} of {city}", " by {name} and {name}")  # fmt: skip
#: Auxiliaries before the base form, before the participle, before the passive participle (singular/plural).
FUTURE = ("will", "is/are going to", "plans/plan to", "wants/want to", "has/have to", "may", "might", "must", "hopes/hope to", "refuses/refuse to", "refused to", "will not", "did not", "decided to", "promised to", "tried to", "is/are about to", "can now", "began to", "agreed to", "offered to")  # fmt: skip
PERFECT = ("has/have", "has/have just", "had", "has/have finally", "has/have already", "will have", "has/have secretly", "has/have again", "has/have not")  # fmt: skip
BE = ("was/were", "has/have been", "has/have just been", "will be", "is/are being", "had been", "must be", "will soon be", "was/were not", "may be", "is/are to be", "was/were finally", "was/were almost")  # fmt: skip
#: What may end the first sentence and is not part of the title.
TAILS = (
    "", " on {date}", " on {day}", " in {city}", " in {month}", " in {year}", " last week", " this week", " yesterday", " this morning", " last {day}", " after {integer} days", " after {n} weeks", " after {n} years", " after {measure}", ", {name} said", ", {person} said",
    ", according to {name}", ", according to {person}", ", according to {company}", ", officials said", ", the police said", ", the {job} said on {day}", ", {company} announced", ", it was reported on {date}", ", the mayor of {city} said", ", a spokesman said", " despite the {noun}", " despite the {adj} {noun}", " despite protests from {jobs}", " for the first time in {n} years",
    " for the first time", " for the second time this year", " because the {noun} was {state}", " because of the {adj} {noun}", " because of a {noun}", " because the {noun} was too {adj}", " within {n} days", " in less than {n} months", " during the {noun} festival", " at the {place} of {city}", " at a {place} in {city}", " near {city}", " near the {place}", " at {clock}",
    " at {clock} on {day}", " on {day} in {city}", " in {city} on {date}", " before the end of {month}", " since {year}", " until {date}", " while {name} was in {city}", " when the {noun} was {state}", " although the {noun} was {state}", ", although nobody had expected it", ", which surprised many {jobs}", " in order to save {amount}", " without the help of {name}", " at the age of {n}", " in front of the {place}", " between {day} and {day}", " early on {day}", " late on {day} evening", " by the end of {year}",
)  # fmt: skip
#: A later sentence about the same subject ({s}: who).
MORE = ("{s} had done this once before.", "{s} had waited for {n} years.", "Before that, {s} had nothing to do with {nouns}.", "{s} had never been in {city} before.", "{s} gave no reason.", "{s} could not be reached.", "Not much is known about {s}.", "More about {s} will follow.", "In {year}, {s} had a different plan.", "{name} wrote a letter about {s}.", "{s} had some help from {name}.", "The {jobs} of {city} were glad for {s}.")  # fmt: skip

TITLES = ("title", "headline", "heading", "short title", "good title", "news headline", "suitable title", "caption", "subject line", "fitting headline", "simple title", "clear title", "catchy headline", "matching heading", "name", "proper title", "brief headline")  # fmt: skip
TEXTS = ("text", "article", "story", "passage", "paragraph", "news item", "note", "piece", "report", "message", "post", "news story", "snippet", "entry", "excerpt")  # fmt: skip
#: Orders for a title ({a}: "a headline", {n}: "headline", {it}: "this text"): they may be made polite.
TITLE_ORDERS = (
    "make {a} for {it}", "give {it} {a}", "write {a} for {it}", "suggest {a} for {it}", "find {a} for {it}", "invent {a} for {it}", "think of {a} for {it}", "come up with {a} for {it}", "propose {a} for {it}", "create {a} for {it}", "choose {a} for {it}", "pick {a} for {it}", "provide {a} for {it}", "draft {a} for {it}", "generate {a} for {it}", "produce {a} for {it}", "offer {a} for {it}", "tell me {a} for {it}",
    "put {a} on {it}", "put {a} above {it}", "add {a} to {it}", "title {it}", "turn {it} into {a}", "read {it} and give me {a}", "read {it} and write {a}", "read {it}, then title it", "help me find {a} for {it}", "help me with {a} for {it}", "set {a} above {it}", "get me {a} for {it}", "name {it} with {a}", "formulate {a} for {it}", "devise {a} for {it}", "work out {a} for {it}", "supply {a} for {it}",
    "show me {a} for {it}", "reply with {a} for {it}", "answer with {a} for {it}", "return only {a} for {it}", "just give me {a} for {it}", "compose {a} for {it}", "tell me how to title {it}", "say which {n} suits {it}", "give me {a} that fits {it}", "give me {a} for {it}, nothing else", "write {a} that goes with {it}", "write the {n} of {it}",
)  # fmt: skip
#: Questions and statements that ask for a title.
TITLE_ASKS = (
    "What would be {a} for {it}?", "What is {a} for {it}?", "What {n} fits {it}?", "Which {n} suits {it}?", "What would you call {it}?", "How would you call {it}?", "How would you title {it}?", "What {n} would you give {it}?", "What {n} should {it} have?", "What should the {n} of {it} be?", "Which {n} would you put above {it}?", "What could be the {n} of {it}?", "What should I call {it}?", "How should I title {it}?", "What is the best {n} for {it}?",
    "Do you have {a} for {it}?", "Do you know {a} for {it}?", "Any idea for {a} for {it}?", "Any ideas for the {n} of {it}?", "What {n} goes with {it}?", "How do I title {it}?", "What might the {n} of {it} be?", "What name would you give {it}?", "Which {n} would a newspaper give {it}?", "If you had to title {it}, what would the {n} be?", "How about {a} for {it}?", "Is there {a} that fits {it}?", "Got {a} for {it}?", "What {n} can I use for {it}?", "Which {n} should I print above {it}?",
    "I need {a} for {it}.", "I want {a} for {it}.", "I am looking for {a} for {it}.", "I am still missing {a} for {it}.", "I'd like {a} for {it}.", "I would like to have {a} for {it}.", "We need {a} for {it}.", "We are looking for {a} for {it}.", "I cannot think of {a} for {it}.", "I have no {n} for {it} yet.", "My editor wants {a} for {it}.", "My boss asks for {a} for {it}.", "My teacher wants {a} for {it}.", "There is no {n} for {it} yet, write one.", "{it} needs {a}.", "{it} has no {n} yet, write one.",
    "{it} still lacks {a}.", "{it} deserves {a}.", "{it} should have {a}.", "{it} lost its {n}, find a new one.", "{n} for {it}, please.", "{n} for {it}?", "{n} for {it}", "{a} for {it}, please.", "{a} for {it}", "Best {n} for {it}?", "Task: write {a} for {it}.", "Your task is to write {a} for {it}.", "Your job: {a} for {it}.", "Now {a} for {it}.", "{n} wanted for {it}.", "Please, {a} for {it}!", "Looking for {a} for {it}.", "Need {a} for {it}",
)  # fmt: skip
TITLE_LABELS = ("Title:", "Headline:", "Heading:", "Title?", "Headline?", "A title, please.", "A headline, please.", "Title =", "[title]", "-> title", "# Title", "Subject line:", "Caption:", "The title:", "The headline is:", "Suggested title:", "Best title:", "Name of the text:", "Now the title.", "And the title?", "Give it a title.", "Find a title for it.", "Write a headline for it.", "Make a title of it.", "How would you title it?", "Title it.", "What should its title be?", "What is a good title for it?", "It needs a headline.", "Put a title on it.")  # fmt: skip

LENGTHS = ("", " in one sentence", " in a sentence", " in one line", " in a single sentence", " briefly", " for me", " for me in one sentence", " in a line", " as briefly as possible", " in just one sentence", " in one short sentence", " in only one line", " with one sentence", " in a nutshell", " in short")  # fmt: skip
SUMMARIES = ("summary", "short summary", "one-line summary", "one-sentence summary", "brief summary", "quick summary", "TL;DR", "short version", "summary of one sentence", "summary of one line", "very short summary")  # fmt: skip
#: Orders for a summary ({in}: a length, {a}: "a short summary", {n}: "short summary").
SUMMARY_ORDERS = (
    "summarize {it}{in}", "summarise {it}{in}", "sum up {it}{in}", "sum {it} up{in}", "give {a} of {it}", "give me {a} of {it}", "write {a} of {it}", "make {a} of {it}", "provide {a} of {it}", "produce {a} of {it}", "create {a} of {it}", "draft {a} of {it}", "shorten {it} to one sentence", "shorten {it} to a single line", "condense {it} to a sentence", "condense {it} into one sentence", "boil {it} down to one sentence", "boil {it} down",
    "reduce {it} to one sentence", "cut {it} down to one sentence", "compress {it} into one line", "give me the gist of {it}", "tell me the gist of {it}", "tell me the main point of {it}", "give me the main point of {it}", "state the main point of {it}", "state the main idea of {it}{in}", "tell me what {it} is about{in}", "tell me what happened in {it}{in}", "tell me in one sentence what {it} says", "tell me in short what {it} says", "say in one sentence what {it} is about", "say in one line what happens in {it}",
    "explain {it} in one sentence", "describe {it} in one sentence", "put {it} in one sentence", "put {it} in a nutshell", "retell {it} in one sentence", "report the news of {it}{in}", "tell me the news in {it}{in}", "recap {it}{in}", "give a recap of {it}{in}", "extract the key message of {it}", "name the key point of {it}{in}", "find the main point of {it}", "read {it} and sum it up{in}", "read {it} and tell me the main point", "read {it}, then summarize it{in}", "tell me the essence of {it}{in}", "repeat only the most important sentence of {it}",
    "give the key fact of {it}{in}", "tldr {it}", "make {it} one sentence long", "bring {it} down to one line", "help me sum up {it}{in}", "answer with {a} of {it}", "reply with {a} of {it}", "return only {a} of {it}", "just give me {a} of {it}", "show me {a} of {it}", "get me {a} of {it}", "digest {it} into one sentence",
)  # fmt: skip
SUMMARY_ASKS = (
    "What is {it} about, in one line?", "What is {it} about, in one sentence?", "What is the main point of {it}?", "What is the gist of {it}?", "What is the news in {it}?", "What's the gist of {it}?", "What's the main news of {it}?", "What happened in {it}, in a sentence?", "What does {it} say in short?", "What does {it} say, briefly?", "What does {it} tell us in one sentence?", "What is the key message of {it}?", "What is the main idea of {it}?", "What is the most important sentence of {it}?",
    "What is the short version of {it}?", "How would you sum up {it}?", "How would you summarize {it}{in}?", "How can I sum up {it}{in}?", "Which sentence sums up {it}?", "Which one sentence says what {it} is about?", "In one sentence, what does {it} say?", "In one line, what happened in {it}?", "In short, what is {it} about?", "Briefly, what is {it} about?", "In a nutshell, what does {it} say?", "So what is {it} about, in short?", "What should I remember of {it}, in one sentence?", "What is the point of {it}, in a line?",
    "I need {a} of {it}.", "I want {a} of {it}.", "I'd like {a} of {it}.", "I have no time to read {it}, sum it up.", "I have not read {it}, what is the gist?", "{it} is too long for me, sum it up.", "{it} is too long, shorten it to one sentence.", "I only want the main point of {it}.", "I only need the gist of {it}.", "I'm in a hurry: {a} of {it}, please.", "We need {a} of {it}.", "My boss wants {a} of {it}.", "My teacher asks for {a} of {it}.", "{n} of {it}, please.", "{n} of {it}?", "{n} of {it}", "{a} of {it}, please.", "The gist of {it}, please.",
    "The main point of {it}, please.", "The short version of {it}, please.", "Just the main point of {it}.", "Task: summarize {it}{in}.", "Your task is to summarize {it}{in}.", "Your job: {a} of {it}.", "Is there {a} of {it}?", "TL;DR of {it}?", "Main point of {it}?", "Gist of {it}?", "Looking for {a} of {it}.", "Need {a} of {it}",
)  # fmt: skip
SUMMARY_LABELS = ("Summary:", "TL;DR:", "TL;DR", "tl;dr?", "In short:", "In one sentence:", "In one line:", "In a nutshell:", "Short version:", "The gist:", "Main point:", "Briefly:", "One-line summary:", "One-sentence summary:", "Summary in one sentence:", "Summary?", "A summary, please.", "-> summary", "[summary]", "# Summary", "Sum it up.", "Sum this up.", "Summarize it in one sentence.", "Say that in one sentence.", "Make it short: one line.", "Shorten it to one sentence.", "Now the summary.", "And in one sentence?", "What is the main point?", "What is the gist?", "What is the news, in short?", "Write a summary of one sentence.", "What happened, in a sentence?")  # fmt: skip

POLITE = ("please {}.", "could you {}?", "can you {}?", "would you {}?", "could you please {}?", "can you please {}?", "would you please {}?", "I want you to {}.", "I need you to {}.", "I'd like you to {}.", "{}, please.", "{} please", "{}, thanks.", "{}, will you?", "hey, {}.", "hi, can you {}?", "hello! Please {}.", "kindly {}.", "if you don't mind, {}.", "you have to {}.", "now {}.", "try to {}.", "let's {}.", "would it be possible to {}?", "are you able to {}?", "be so kind as to {}.", "you are an editor: {}.", "ok, {}.", "quick: {}.")  # fmt: skip
REASONS = ("I am putting this in our newsletter.", "It is for our website.", "It is for the school paper.", "This goes to print today.", "I am in a hurry.", "I found this online.", "My colleague sent me this.", "This is for my blog.", "It goes on page {n}.", "It is for the {city} news.", "{name} needs it by {day}.", "I wrote this yesterday.", "I have to present this on {day}.", "We publish it on {day}.", "It is for an e-mail to {name}.", "I got this from {name}.", "This is for the archive of {company}.", "My editor is waiting.")  # fmt: skip
INTROS = ("Text: ", "Text:\n", "Article: ", "Article:\n", "Here is a text: ", "Here is an article.\n\n", "Story: ", "Read this: ", "Read this.\n\n", "Input: ", "News: ", "Here is what I wrote:\n", "The text: ", "Passage: ", "Document:\n", "This is from the paper:\n\n", "Look at this: ", "I read this today: ")  # fmt: skip
QUOTES = ("{}", '"{}"', "<text>\n{}\n</text>", "---\n{}\n---", "'''\n{}\n'''", "<<{}>>", "[{}]", "> {}", "```\n{}\n```")  # fmt: skip


def plural(noun: str) -> str:
    """The plural of an English (or invented) noun."""
    if noun.endswith(("s", "x", "ch", "sh", "z")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"


def slot(w: Words, kind: str) -> str:
    """A fresh value for one slot of a wording."""
    if kind == "surname":
        return w.invented().capitalize()
    if kind in ("nouns", "things", "jobs", "places"):
        return plural(slot(w, kind[:-1]))
    lists = {"place": PLACES[:-2], "adj": ADJECTIVES, "color": COLORS, "day": DAYS, "month": MONTHS}
    if kind in lists:
        return w.pick(lists[kind])
    if kind in ("n", "year"):
        return str(w.number(2, 40) if kind == "n" else w.number(1990, 2031))
    return w.invented() if kind == "word" else str(getattr(w, kind)())


def fill(w: Words, wording: str) -> str:
    """The wording with its slots filled and its articles right ("an old lamp")."""
    text = re.sub(r"\{(\w+)\}", lambda found: slot(w, found[1]), wording)
    return re.sub(r"\b([Aa]) (?=(?!eu|one)[aeio]|un(?!i))", r"\1n ", text)


def inflect(verb: str) -> list[str]:
    """Base, past and participle of "hire" or "steal/stole/stolen"."""
    if "/" in verb:
        return verb.split("/")
    past = verb + "d" if verb.endswith("e") else verb[:-1] + "ied" if re.search("[^aeiou]y$", verb) else verb + "ed"
    return [verb, past, past]


def clause(w: Words) -> tuple[str, str]:
    """Who, and the main clause of a first sentence: who does what."""
    passive = w.chance(0.2)
    wording = w.pick(PASSIVE_SUBJECTS if passive else SUBJECTS)
    many, who = wording[0] == "+", fill(w, wording.lstrip("+"))
    style = w.rng.random()
    if passive:
        does = f"{w.pick(BE) if w.chance(0.7) else BE[0]} {w.pick(PASSIVE)}{w.pick(BY)}"
    elif style < 0.2:
        does = f"{w.pick(VERBS)[0]} {w.pick(DOINGS[0][1])}"
    else:
        verbs, objects = w.pick(DOINGS[:1] * 4 + DOINGS)
        base, past, done = inflect(w.pick(verbs))
        does = past if style < 0.6 else f"{w.pick(PERFECT)} {done}" if style < 0.8 else f"{w.pick(FUTURE)} {base}"
        does += f" {w.pick(objects)}"
    does = re.sub(r"(\w+)/(\w+)", r"\2" if many else r"\1", does, count=1)
    return who, f"{who} {fill(w, does)}"


def order(
    w: Words, orders: tuple[str, ...], asks: tuple[str, ...], nouns: tuple[str, ...], places: tuple[str, ...]
) -> str:
    """One request: an order (blunt or polite) or a question about "this text"."""
    noun = w.pick(nouns)
    it = w.pick(places).format(w.pick(TEXTS))
    blunt = w.chance(0.5)
    wording = w.pick(orders if blunt else asks)
    text = (
        wording.replace("{in}", w.pick(LENGTHS) if w.chance(0.7) else "")
        .replace("{it}", it)
        .replace("{a}", f"a {noun}")
        .replace("{n}", noun)
    )
    text = fill(w, text)
    if blunt:
        text = w.pick(POLITE).format(text) if w.chance(0.5) else text + w.pick((".", ".", "", "!"))
    text = re.sub(r"([?!.] )([a-z])", lambda found: found[1] + found[2].upper(), text)
    text = text.lower() if w.chance(0.08) else upper_first(text)
    if w.chance(0.12):
        reason = fill(w, w.pick(REASONS))
        text = f"{reason} {text}" if w.chance(0.6) else f"{text if text[-1] in '.?!' else text + '.'} {reason}"
    return text


def request(w: Words, text: str, *wordings: tuple[str, ...]) -> str:
    """A request for the text: before it, after it, both, or as labels."""
    orders, asks, nouns, labels = wordings
    shown = w.pick(QUOTES).format(text) if w.chance(0.6) else text
    gap = w.pick(("\n", "\n\n", "\n\n", " "))
    style = w.rng.random()
    if style < 0.25:
        return f"{w.pick(INTROS) if w.chance(0.6) else ''}{shown}{w.pick((gap, chr(10), chr(10) * 2))}{w.pick(labels)}"
    if style < 0.55:
        intro = w.pick(INTROS) if w.chance(0.3) else ""
        return f"{intro}{shown}{gap}{order(w, orders, asks, nouns, ('this', 'this {}', 'the {} above', 'that {}', 'the {}', 'my {}', 'the above {}'))}"
    ask = order(
        w, orders, asks, nouns, ("this", "this {}", "the following {}", "the {} below", "the following", "my {}")
    )
    if w.chance(0.5):
        ask = (ask.rstrip(".!") if ask[-1] != "?" else ask) + ("" if ask[-1] == "?" else ":")
    intro = w.pick(INTROS) if "\n" in gap and w.chance(0.2) else ""
    end = w.pick(("\n", "\n\n")) + w.pick(labels[:9]) if w.chance(0.12) else ""
    return f"{ask}{gap}{intro}{shown}{end}"


def title(w: Words) -> Conversation:
    """A title (the main clause) or a summary (the first sentence) of a short text, by extraction."""
    who, core = clause(w)
    lead = upper_first(core) + fill(w, w.pick(TAILS)) + "."
    body = [filler(w) if w.chance(0.5) else fact(w).text for _ in range(w.pick((1, 1, 2, 2, 3, 3, 4, 5)))]
    if w.chance(0.25):
        body[w.number(0, len(body) - 1)] = upper_first(fill(w, w.pick(MORE).replace("{s}", who)))
    text = f"{lead}{w.pick((' ', ' ', ' ', chr(10)))}{' '.join(body)}"
    if w.chance(0.6):
        ask = request(w, text, TITLE_ORDERS + MORE_TITLE_ORDERS, TITLE_ASKS + MORE_TITLE_ASKS, TITLES, TITLE_LABELS)
        return Conversation([user(ask), assistant(upper_first(core))])
    ask = request(w, text, SUMMARY_ORDERS + MORE_SUMMARY_ORDERS, SUMMARY_ASKS + MORE_SUMMARY_ASKS, SUMMARIES, SUMMARY_LABELS)
    return Conversation([user(ask), assistant(lead)])
