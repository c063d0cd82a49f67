"""What people write to each other and on their lists: words of which free text in arguments and values is put together.

`{t}` is a thing, `{n}` a noun, `{s}` how it is, `{p}` a person, `{c}` a city, `{d}` a day, `{k}` a time, `{i}` a number.
"""

from __future__ import annotations

#: Who does it. What they do is in forms that are the same for all of them.
WHO = (
    "I", "I", "I", "we", "we", "you", "he", "she", "they", "it", "nobody", "everybody", "somebody", "the {n}", "the {n}", "my {n}", "our {n}", "your {n}", "their {n}", "the {t}",
    "{p}", "{p}", "{p} and I", "the people in {c}", "my sister", "my brother", "the boss", "the children", "the neighbours", "the doctor", "both of us", "all of them", "one of the guests", "the others",
)  # fmt: skip
DID = (
    "found the {t}", "sold the {t}", "took the {t} to {c}", "saw {p} in {c}", "paid for the {t}", "forgot the {t}", "left the {t} at home", "broke the {t}", "missed the train to {c}", "came back from {c}",
    "went to {c}", "stayed in {c}", "spoke to {p} about the {t}", "called {p}", "asked for {p}", "wanted the {t}", "needed another {n}", "bought two {n}s", "ordered {i} {n}s", "brought the {t} along",
    "gave the {t} to {p}", "heard about the {t}", "read the {n} twice", "wrote to {p}", "slept badly", "started without {p}", "stopped at {k}", "finished the {n}", "moved to {c}", "drove to {c}", "waited until {k}",
    "woke up at {k}", "fell ill", "got the {t}", "got a letter from {p}", "kept the {n}", "hid the {t} behind the {n}", "put the {t} in the {n}", "looked for the {t}", "thought of {p}", "liked the {n} a lot",
    "passed the exam", "won the {n}", "changed the {n}", "cancelled the {n} in {c}", "borrowed the {t}", "returned the {t}", "repaired the {n}", "painted the {n} {s}", "cooked for {p}", "signed the {n}",
    "would like the {t}", "would rather stay in {c}", "had to leave at {k}", "had no {n} at all", "had a word with {p}", "was already in {c}", "made a new {n}", "cut the {n} in half", "sent the {t} back", "lent {p} the {n}",
    "will be there at {k}", "will bring the {t}", "will call {p} soon", "will not come soon", "will need the {n} until {k}", "will wait in front of the {n}", "will pay soon", "will pick up {p}", "will take the {n}", "will be late",
    "can't find the {t}", "can't come to {c}", "can take the {t}", "can be reached at {k}", "could not open the {n}", "could use a {n}", "should see the {t}", "should ask {p}", "must see {p} soon", "must go now", "may keep the {t}",
    "might be in {c} soon", "cannot hear the {n}", "won't need the {t}", "did not see the {n}", "did not like {c}", "did it again", "never saw {p}", "never got the {n}", "still owed {p} {i} euros", "just left {c}", "almost forgot {p}",
)  # fmt: skip
#: Whole ones, with forms of their own.
SAID = (
    "I am in {c}", "I'm on my way to {c}", "I am waiting at the {n}", "I'm sick", "I'm fine", "I am so sorry about the {n}", "I have the {t}", "I've got the {n}", "I like the {t}", "I miss {p}", "I think {p} was right", "I hope the {n} works",
    "I need {i} more {n}s", "I want the {t} back", "I don't know {p}", "I love the {t}", "I want to see {c}", "we are at the {n}", "we're in {c} now", "we have {i} {n}s left", "we need the {t}", "we leave at {k}", "we start {d}", "we are out of {n}s",
    "we want to go to {c}", "you are right about {p}", "you have to see the {n}", "you were great", "you still have my {n}", "he is with {p}", "she has your {t}", "she is in {c} {d}", "they are looking for {p}", "they have no {n}", "it is raining in {c}",
    "it is about the {t}", "it starts at {k}", "it was a lovely {n}", "it's too late", "this is from {p}", "that was {p}", "that is my {n}", "there is a {t} in the {n}", "there are {i} {n}s in the {n}", "there is no {n} {d}", "here is the {t}",
    "the {n} is {k}", "the {n} is in {c}", "the {n} was {s}", "the {n} is not ready", "the {t} is here", "the {t} is for {p}", "the {t} fell off the {n}", "the {n} costs {i} dollars", "the {n} begins at {k}", "the {n} is full of {n}s", "the {n} for {p} is ready",
    "the train to {c} is late", "the key is under the {n}", "the party is {d}", "my {n} is broken", "my {t} is in {c}", "my number is {i}", "our {n} leaves from {c}", "our new {n} is {s}", "your {n} is here", "your {t} was found", "your order of {i} {n}s is on its way",
    "{p} is here", "{p} is asleep", "{p} wants the {t}", "{p} needs you", "{p} is in {c}", "{p} knows about the {n}", "{p} and {p} are coming", "{p} has a new {n}", "{p} was here at {k}", "{p} found your {n}", "{p} is late again", "{p} likes the {t}",
    "no {n}s today", "no news from {p}", "all is well in {c}", "everything is ready", "nothing works", "dear {p}, the {n} is {s}", "congratulations on the {t}", "thanks for the {t}", "thank you for the {n}", "happy birthday {p}", "good luck with the {n}",
    "greetings to {p}", "see you {d}", "see you at {k}", "back at {k}", "back in {i} minutes", "on my way", "running late", "out of {n}s again", "too loud at {k}", "{i} {n}s for {p}", "a {n} for {p}", "sorry about the {t}", "the usual {n}",
    "please call {p}", "please come {d}", "please send the {n} to {c}", "please wait for me in {c}", "please be there at {k}", "bring the {t}", "come to {c}", "come at {k}", "call me {d}", "call me back", "don't forget the {t}", "don't wait for {p}", "don't touch the {n}",
    "leave the {t} with {p}", "take the {n} to {c}", "tell {p} about the {t}", "give {p} the {n}", "look at the {t}", "let {p} in", "let us go to {c} {d}", "be careful with the {n}", "buy {i} {n}s", "stay where you are", "keep the {t}",
    "when do you leave {c}", "where is the {t}", "where is {p}", "who has the {n}", "what about the {n}", "why is {p} in {c}", "how is the {n}", "how much was the {t}", "can you take the {n}", "can {p} come at {k}", "could you feed the {n}", "do you have the {t}",
    "do you need a {n}", "did {p} call", "are you in {c}", "is {p} with you", "will you be there {d}", "shall I bring the {n}", "would you like a {t}", "have you seen {p}", "may I borrow the {t}",
)  # fmt: skip
AFTER = (
    "in {c}", "soon", "at {k}", "with {p}", "for {p}", "again", "today", "last night", "this morning", "after the {n}", "before {k}", "without the {n}", "near the {n}", "because of the {n}", "as usual", "for {i} days", "by mistake", "on the way to {c}",
    "and {p} too", "but not the {n}", "so call {p}", "if {p} is there", "when the {n} is {s}", "because the {n} was gone", "instead of {p}", "all day", "in the {n}", "under the {n}", "from {p}", "for now",
)  # fmt: skip
#: What stands on a list of things to do.
TO_DO = (
    "buy", "call about", "fix", "clean", "check", "order", "visit", "pay for", "send", "finish", "return", "repair", "paint", "sell", "find", "collect", "pick up", "sort", "feed", "water", "move", "empty", "fill", "charge", "replace", "borrow", "measure",
    "test", "print", "read", "sign", "book", "cancel", "confirm", "review", "update", "write", "draft", "translate", "copy", "scan", "file", "hang up", "put away", "bring back", "look for", "ask for", "think about", "talk about", "plan", "prepare", "cook", "bake",
    "cut", "mow", "plant", "dust", "iron", "fold", "mend", "glue", "wrap", "post", "deliver", "weigh", "oil", "lock", "unlock", "open", "close", "hide", "compare", "choose", "design", "build", "take down", "throw out", "get rid of", "learn about",
)  # fmt: skip
TO_WHOM = (
    "call", "visit", "ask", "email", "thank", "invite", "pay", "write to", "speak to", "answer", "help", "congratulate", "wait for", "cook for", "drive", "pick up", "apologise to", "talk to", "vote for", "look after", "lunch with", "dinner with", "meeting with",
)  # fmt: skip
WHAT = ("the {t}", "the {t}", "a {t}", "{t}", "my {t}", "our {n}", "{i} {n}s", "the {n} and the {n}", "the {n} of {p}", "the {n} in {c}", "{p}'s {n}", "more {n}s", "new {n}s", "the old {n}", "every {n}")  # fmt: skip
