"""Small exercises: the sentiment of a review, sums, repeating what was said."""

from __future__ import annotations

from ..render import Message, assistant, user
from .rough import rough
from .words import STATES, Words, upper_first

POSITIVE = (
    "good|great|excellent|wonderful|fantastic|amazing|lovely|superb|brilliant|perfect|nice|pleasant|delightful|outstanding|phenomenal|terrific|awesome|beautiful|comfortable|reliable|fast|helpful|friendly|fresh|"
    "tasty|delicious|sturdy|impressive|marvelous|charming|elegant|useful|solid|stunning|smooth|clever|generous|cheerful|fabulous|magnificent|remarkable|exceptional|incredible|splendid|gorgeous|enjoyable|flawless|first-class|"
    "top-notch|world-class|satisfying|refreshing|durable|exquisite|adorable|cozy|attractive|welcoming|polite|kind|warm-hearted|trustworthy|dependable|handy|practical|efficient|effective|convenient|intuitive|spotless|tidy|immaculate|"
    "graceful|heavenly|divine|sublime|stellar|spectacular|glorious|inspiring|uplifting|thoughtful|professional|attentive|affordable|worthwhile|unbeatable|admirable|breathtaking|fun|captivating|well-made"
).split("|")  # fmt: skip
NEGATIVE = (
    "bad|awful|terrible|horrible|poor|disappointing|broken|useless|dreadful|ugly|boring|slow|noisy|dirty|cheap|weak|mediocre|annoying|unpleasant|rude|cold|stale|bland|faulty|"
    "flimsy|uncomfortable|unreliable|overpriced|tinny|blurry|disgusting|pathetic|worthless|lousy|shoddy|defective|dull|frustrating|unacceptable|nasty|abysmal|appalling|atrocious|horrendous|horrid|hideous|ghastly|rotten|"
    "crappy|subpar|inferior|inadequate|unsatisfactory|underwhelming|miserable|dismal|dire|depressing|tedious|tiresome|clumsy|clunky|sluggish|unhelpful|unfriendly|impolite|careless|sloppy|filthy|smelly|sticky|greasy|"
    "soggy|tasteless|inedible|scratched|damaged|leaky|fragile|wobbly|shabby|outdated|unusable|pointless|confusing|misleading|dishonest|irritating|infuriating|intolerable|repulsive|revolting|embarrassing|laughable|insulting|disgraceful|"
    "unbearable|dangerous|incompetent"
).split("|")  # fmt: skip

REVIEWS = (
    "The {x} {v} {a}.", "This {x} {v} {a}.", "I find the {x} {a}.", "What a{n} {a} {x}!", "{A} {x}.", "The {x} was {a} and the {y} was {b}.", "A{n} {a} {x}, really.", "I think this {x} is {a}. The {y} is {b} too.", "{A}! The {x} is {b}.", "Bought the {x} last week. It is {a}.", "My {x} arrived and it {v} {a}.", "The staff was {a} and the {x} {b}.",
    "Such a{n} {a} {x}.", "The {x} looks {a}, feels {b}.", "We had a{n} {a} time at the {x}.", "It is a{n} {a} {x} with a{m} {b} {y}.", "Everything about the {x} is {a}.", "Honestly, the {x} is {a}.", "The {x} turned out {a}.", "Absolutely {a} {x}.", "{A}.", "{A}!", "{A}, {b}.", "{A} and {b}.",
    "Simply {a}.", "Just {a}!", "So {a}!", "Really {a}.", "Totally {a} {x}!", "{A} {x}, {b} {y}.", "{A} {x} and {b} {y}!", "{A} from start to end.", "{A} in every way.", "{A}, that is my verdict.", "{A} service and a{m} {b} {x}.", "{A} quality.",
    "{A} experience with this {x}.", "It {v} {a}.", "It {v} {a} and {b}.", "It was a{n} {a} day at the {x}.", "It has a{n} {a} {y}.", "That {x} {v} {a}!", "That was a{n} {a} {x}.", "This is a{n} {a} {x}.", "This is the {x} I ordered, and it {v} {a}.", "The {x} {v} {a}, and so is the {y}.", "The {x} {v} {a}, the {y} {b}.", "The {x} {v} {a} and {b}.",
    "The {x} {v} {a}!", "The {x} is both {a} and {b}.", "The {x} {v} {a} from the first day on.", "The {x} we got {v} {a}.", "The {x} I ordered {v} {a}.", "The {x} seems {a}.", "The {x} feels {a}.", "The {x} looks {a}.", "The {x} sounds {a} to me.", "The {x} proved to be {a}.", "The {x} has a{n} {a} {y}.", "The {x} came with a{n} {a} {y}.",
    "The {x} at this place {v} {a}.", "The {x} made a{n} {a} impression.", "The {y} of this {x} {v} {a}.", "The {y} of the {x} {v} {a} and {b}.", "The {y} on my {x} {v} {a}.", "The quality of the {x} {v} {a}.", "The design of the {x} {v} {a}.", "The service at the {x} {v} {a}.", "The people at the {x} were {a}.", "The seller was {a} and the {x} is {b}.", "The delivery was {a} and the {x} {b}.", "The owner of the {x} was {a}.",
    "The whole {x} {v} {a}.", "The new {x} {v} {a}.", "Their {x} {v} {a}.", "Their staff {v} {a}.", "Our {x} {v} {a}.", "Our waiter was {a}, and the {x} {b}.", "My {x} {v} {a}.", "My new {x} {v} {a}.", "My experience with the {x} was {a}.", "My children say the {x} is {a}.", "My wife finds the {x} {a}.", "My husband calls it a{n} {a} {x}.",
    "I think the {x} is {a}.", "I must say the {x} {v} {a}.", "I have to say, this {x} {v} {a}.", "I got a{n} {a} {x}.", "I bought a{n} {a} {x}.", "I bought this {x} and it {v} {a}.", "I tried the {x}. {A}!", "I used the {x} for a week and it {v} {a}.", "I had a{n} {a} time with this {x}.", "I would call the {x} {a}.", "I consider the {x} {a}.", "I can say that the {x} {v} {a}.",
    "I received a{n} {a} {x} with a{m} {b} {y}.", "I visited the {x} yesterday. It was {a}.", "We found the {x} {a}.", "We found the {x} {a} and the {y} {b}.", "We all think that the {x} is {a}.", "We stayed near the {x}, which was {a}.", "We got a{n} {a} {x} and a{m} {b} {y}.", "They sold me a{n} {a} {x}.", "They sent me a{n} {a} {x}.", "You get a{n} {a} {x} here.", "You will find the {x} {a}.", "He says the {x} is {a}.",
    "She thinks the {x} is {a}.", "Everyone found the {x} {a}.", "All in all a{n} {a} {x}.", "All in all, the {x} {v} {a}.", "Overall, the {x} {v} {a}.", "Overall a{n} {a} {x} with a{m} {b} {y}.", "In short, a{n} {a} {x}.", "In my opinion the {x} is {a}.", "In my view this {x} is {a}.", "To me the {x} {v} {a}.", "To be honest, the {x} {v} {a}.", "To sum up, the {x} {v} {a}.",
    "Frankly, this {x} {v} {a}.", "Truly {a} {x}.", "Really {a} {x}, {b} {y}.", "Quite simply a{n} {a} {x}.", "Very {a} {x}.", "Very {a} and {b}.", "How {a} this {x} is!", "Wow, what a{n} {a} {x}!", "Well, the {x} {v} {a}.", "Yes, the {x} {v} {a}.", "As for the {x}, it {v} {a}.", "For the price the {x} {v} {a}.",
    "After a month the {x} is still {a}.", "Yesterday I got the {x}. It {v} {a}.", "Got a{n} {a} {x} from them.", "Had a{n} {a} {x} here.", "Nothing but {a}, this {x}.", "There is a{n} {a} {y} on the {x}.", "Both the {x} and the {y} are {a}.", "Not only is the {x} {a}, the {y} is {b} as well.", "Even the {y} {v} {a}.", "What I got {v} {a}.",
)  # fmt: skip
LIKED = (
    "I love this {x}.", "I like the {x} a lot.", "I am very happy with the {x}.", "I would buy this {x} again.", "The {x} works well.", "Best {x} ever.", "I recommend this {x}.", "Five stars for the {x}.", "The {x} is not bad at all.", "I enjoyed the {x}.", "We are delighted with the {x}.", "I love it!",
    "I love my {x}!", "I love the {x} so much.", "I loved every minute with the {x}.", "I really like this {x}.", "I adore the {x}.", "I enjoy my {x} every day.", "I am so glad that I bought this {x}.", "I am in love with the {x}.", "I am impressed by the {x}.", "I am pleased with my {x}.", "I am more than satisfied with the {x}.", "I am a fan of this {x}.",
    "I cannot praise the {x} enough.", "I can only recommend the {x}.", "I could not be happier with the {x}.", "I could not live without my {x}.", "I highly recommend the {x}.", "I will definitely come back for the {x}.", "I will buy another {x} soon.", "I have never had a better {x}.", "I have nothing to complain about.", "I told all my friends to get this {x}.", "We love our {x}.", "We had a lot of fun with the {x}.",
    "We were very satisfied with the {x}.", "We will be back!", "My family loves the {x}.", "My kids adore the {x}.", "Thank you for this {x}!", "Thumbs up for the {x}.", "Ten out of ten.", "10/10, get this {x}.", "5 stars!", "Full marks for the {x}.", "The best {x} I have ever had.", "The best {x} in town.",
    "The {x} made my day.", "The {x} is worth every penny.", "The {x} is a dream.", "The {x} is a joy to use.", "The {x} exceeded my expectations.", "The {x} does exactly what it should.", "The {x} works like a charm.", "The {x} has changed my life for the better.", "The {x} never lets me down.", "The {x} could not be better.", "The {x} is my favourite.", "This {x} is a winner.",
    "This {x} is a bargain.", "This {x} makes me smile.", "Great value for the money.", "Worth the money.", "Buy this {x}, you will not regret it!", "You should get this {x} too.", "Hats off to whoever made this {x}.", "Well done, what a {x}!", "Everybody should have such a {x}.", "Nothing wrong with this {x}, I am happy.", "No complaints about the {x}.", "Cannot wait to use the {x} again.",
    "Would order the {x} again.", "Very happy with my {x}.", "So happy with this {x}!", "Highly recommended.",
)  # fmt: skip
HATED = (
    "I hate this {x}.", "I do not like the {x}.", "I am unhappy with the {x}.", "I want my money back for the {x}.", "The {x} does not work.", "Worst {x} ever.", "I cannot recommend this {x}.", "One star for the {x}.", "The {x} is not good.", "The {x} broke after a day.", "Do not buy the {x}.", "I regret buying the {x}.",
    "I hate it!", "I hate my {x}.", "I hated every minute with the {x}.", "I really dislike this {x}.", "I despise the {x}.", "I am so angry about this {x}.", "I am very disappointed with the {x}.", "I am not happy with the {x}.", "I am not satisfied with my {x}.", "I am fed up with the {x}.", "I am sorry that I bought this {x}.", "I am going to return the {x}.",
    "I cannot stand the {x}.", "I can only warn you about the {x}.", "I did not enjoy the {x}.", "I don't like this {x} at all.", "I do not recommend the {x}.", "I expected more from the {x}.", "I had to throw the {x} away.", "I have never had a worse {x}.", "I sent the {x} back.", "I want a refund.", "I wasted my money on this {x}.", "I will never buy a {x} here again.",
    "I will not come back.", "I would not wish this {x} on anyone.", "I would give zero stars if I could.", "We hate our {x}.", "We will never return.", "We were not satisfied with the {x}.", "We left the {x} early, it was that bad.", "My family hates the {x}.", "My kids cried because of the {x}.", "Thumbs down for the {x}.", "Zero out of ten.", "1/10, avoid this {x}.",
    "1 star.", "No stars for the {x}.", "The worst {x} I have ever had.", "The worst {x} in town.", "The {x} ruined my day.", "The {x} is not worth the money.", "The {x} is a nightmare.", "The {x} is a waste of money.", "The {x} is a waste of time.", "The {x} fell apart within a week.", "The {x} stopped working.", "The {x} never worked.",
    "The {x} arrived broken.", "The {x} keeps failing.", "The {x} let me down.", "The {x} made me sick.", "The {x} could not be worse.", "The {x} did not do what it should.", "This {x} is a joke.", "This {x} is garbage.", "This {x} is a scam.", "This {x} drives me mad.", "Waste of money.", "Not worth it.",
    "Stay away from this {x}!", "Save your money and skip the {x}.", "You will regret getting this {x}.", "Shame on whoever made this {x}.", "Nobody should buy such a {x}.", "Nothing works on this {x}.", "Never again!", "Never again this {x}.", "Would not order the {x} again.", "Very unhappy with my {x}.", "So disappointed by this {x}!", "Not recommended.",
)  # fmt: skip
NEUTRAL = (
    "The {x} is {c}.", "The {x} arrived on {d}.", "I bought a {x}.", "The {x} weighs {m}.", "It is a {x}.", "The {x} has a {y}.", "The {x} was delivered to {p}.", "The {x} is ok.", "The {x} is average.", "There is a {x} in the box.", "The {x} is okay.", "The {x} is all right, nothing more.",
    "The {x} is neither good nor bad.", "The {x} is so-so.", "The {x} is nothing special.", "The {x} is as described.", "The {x} is made in {p}.", "The {x} is from {p}.", "The {x} comes in {c}.", "The {x} comes in a {c} box.", "The {x} comes with a {y}.", "The {x} stands next to the {y}.", "The {x} was ordered on {d}.", "The {x} will arrive on {d}.",
    "The {x} measures {m}.", "The {x} has a {c} {y}.", "The {x} lies on the {y}.", "The {x} is sold in {p}.", "The {x} does its job, no more and no less.", "The color of the {x} is {c}.", "The shop in {p} sells a {c} {x}.", "The box contains a {x} and a {y}.", "The parcel with the {x} came on {d}.", "This {x} is {c}.", "This {x} is a {x}, what else can I say.",
    "This is a {c} {x}.", "I have a {x} and a {y}.", "I ordered a {c} {x} on {d}.", "I got the {x} in {p}.", "I use the {x} with the {y}.", "I have no opinion on the {x}.", "I neither like nor dislike the {x}.", "I picked up the {x} on {d}.", "We bought the {x} in {p}.", "We own a {x}.", "My {x} is {c}.", "My {x} is {m} away.",
    "It comes with a {y}.", "It was delivered on {d}.", "It is an average {x}.", "It is a {c} {x} with a {y}.", "An ordinary {x}.", "An average {x}.", "A {c} {x}.", "Standard {x}.", "Delivered on {d}.",
)  # fmt: skip
ASK_SENTIMENT = (
    "Is this review positive or negative? {t}", "Classify the sentiment: {t}", 'Sentiment of "{t}"?', "{t}\n\nSentiment:", "Is the sentiment positive, negative or neutral?\n{t}", "What is the sentiment of this text? {t}", "Classify as positive, negative or neutral: {t}", "Positive or negative? {t}", "Review: {t}\nSentiment:", "Tell me the sentiment of this review: {t}", "Does the writer like it? Answer positive or negative.\n{t}", "Rate the sentiment of the following.\n\n{t}",
    "{t}\n\nIs that positive or negative?", "Label this review: {t}", "Analyze the sentiment: {t}", "Decide whether this is positive or negative: {t}", "Sentiment: {t}", "Sentiment? {t}", "Sentiment?\n\n{t}", "{t}\nSentiment?", "{t} Sentiment?", "{t}\n\nPositive, negative or neutral?",
    '"{t}"\n\nWhat is the sentiment?', '"{t}" Is this positive, negative or neutral?', 'Is "{t}" positive or negative?', 'Is "{t}" a positive or a negative review?', "Is the following positive or negative?\n\n{t}", "Is the following positive, negative, or neutral? {t}", "Is this text positive or negative?\n{t}", "Is this comment positive, negative or neutral? {t}", "Is this customer happy? Say positive or negative: {t}", "Is the writer pleased? Reply with positive or negative. {t}", "Is the mood positive or negative? {t}",
    "Is the tone of this positive, negative or neutral?\n\n{t}", "Was that a positive or a negative review? {t}", "Would you call this positive or negative? {t}", "Would you say that this is positive, negative or neutral? {t}", "Do you see this as positive or negative? {t}", "Does this sound positive or negative? {t}", "Does this sound positive, negative or neutral?\n{t}", "How is the sentiment here? {t}", 'How would you label the sentiment of "{t}"?', "How does the customer feel (positive, negative, neutral)? {t}", "How does the author feel about it, positive or negative?\n\n{t}", "What sentiment does this have? {t}",
    "What sentiment is expressed here?\n{t}", "What's the sentiment of \"{t}\"?", "What's the sentiment? {t}", "What is the sentiment of the following review?\n\n{t}", "What is the tone of this review, positive or negative? {t}", "What label fits, positive, negative or neutral? {t}", "What feeling does this show, positive or negative? {t}", "Which sentiment fits: positive, negative, neutral?\n{t}", "Which is it, positive or negative? {t}", 'Which sentiment does "{t}" have?', "Classify this review. {t}", "Classify this review as positive or negative:\n{t}",
    "Classify the following text as positive, negative, or neutral.\n\n{t}", "Classify the sentiment of this sentence: {t}", "Classify the sentiment as positive, negative or neutral.\n\nText: {t}", "Classify the text below by sentiment.\n{t}", "Classify: {t}\nOptions: positive, negative, neutral", "Text: {t}\nSentiment:", "Text: {t}\nLabel (positive, negative, neutral):", "Comment: {t}\nSentiment:", "Feedback: {t}\nPositive or negative?", "Customer review: {t}\n\nWhat is its sentiment?", "Input: {t}\nSentiment:", "Sentence: {t}\nSentiment:",
    "Tweet: {t}\nSentiment:", "Message: {t}\nIs it positive, negative or neutral?", "Review:\n\n{t}\n\nPositive or negative?", "Label the sentiment. {t}", "Label the sentiment of the text: {t}", "Label as positive or negative: {t}", "Label the following as positive, negative or neutral:\n{t}", "Determine the sentiment: {t}", "Determine the sentiment of the following text.\n\n{t}", "Determine if this is positive or negative. {t}", "Detect the sentiment of this comment: {t}", "Detect the sentiment.\n{t}",
    "Identify the sentiment: {t}", "Identify the sentiment of this review.\n{t}", "Identify whether the text is positive, negative or neutral: {t}", "Name the sentiment of this message: {t}", "Give the sentiment of this text: {t}", "Give me the sentiment: {t}", "Give one word, positive or negative: {t}", 'Evaluate the sentiment of "{t}"', "Evaluate this review: positive or negative? {t}", "Assess the sentiment: {t}", "Assign a sentiment label to this: {t}", "Predict the sentiment.\n\n{t}",
    "Say if this is positive or negative: {t}", "Say positive, negative or neutral. {t}", "Answer with positive or negative: {t}", "Answer with one word, positive, negative or neutral.\n\n{t}", "Reply with the sentiment only: {t}", "Respond with positive, negative or neutral: {t}", "Choose positive, negative or neutral for this: {t}", "Pick one, positive or negative: {t}", "Tell me if this is positive or negative: {t}", "Tell me whether the customer is positive or negative about it.\n{t}", "Read this and tell me the sentiment: {t}", "Read the review and say whether it is positive or negative.\n\n{t}",
    "Do a sentiment analysis: {t}", "Sentiment analysis: {t}", 'Sentiment analysis of "{t}"', "Perform sentiment analysis on this text.\n{t}", "Can you classify the sentiment of this? {t}", 'Can you tell me the sentiment of "{t}"?', "Could you say whether this is positive or negative? {t}", "Please classify the sentiment: {t}", "Please tell me the sentiment of this: {t}", "Please label this text as positive, negative or neutral: {t}", "I need the sentiment of this text: {t}", "I got this review. Is it positive or negative? {t}",
    "A customer wrote: {t}\nPositive or negative?", 'A guest left this: "{t}" What is the sentiment?', 'Someone wrote "{t}". Is that positive, negative or neutral?', "Here is a review: {t}\nClassify its sentiment.", "Here is a comment. Positive, negative or neutral?\n{t}",
)  # fmt: skip


def sentiments(w: Words) -> list[Message]:
    return [message for _ in range(w.number(2, 5)) for message in sentiment(w)]


def sentiment(w: Words) -> list[Message]:
    x, y = w.noun(), w.noun()
    label = w.pick(("positive", "negative", "positive", "negative", "neutral"))
    if label == "neutral":
        text = w.pick(NEUTRAL).format(x=x, y=y, c=w.color(), d=w.when(), m=w.measure(), p=w.city())
    else:
        text = opinion(w, label == "positive", x, y)
        if w.chance(0.25):
            text += " " + opinion(w, label == "positive", w.noun(), w.noun())
    if w.chance(0.35):
        aside = w.pick(
            (
                f"I bought the {x} in {w.city()}.",
                f"{w.name()} gave it to me.",
                f"We used it for {w.measure()}.",
                f"It came with a {y}.",
                f"My {w.noun()} needs one.",
                f"That is what {w.name()} says, too.",
            )
        )
        text = f"{aside} {text}" if w.chance(0.5) else f"{text} {aside}"
    ask = w.pick(ASK_SENTIMENT) if w.chance(0.5) else _ask_label(w)
    while label == "neutral" and "neutral" not in ask and ("ositive" in ask):
        ask = w.pick(ASK_SENTIMENT) if w.chance(0.5) else _ask_label(w)
    return [user(ask.format(t=text)), assistant(label)]


def _ask_label(w: Words) -> str:
    kind = w.pick(
        ("review", "comment", "feedback", "message", "text", "post", "statement", "remark", "note", "sentence")
    )
    choice = w.pick(
        (
            "positive or negative",
            "positive, negative or neutral",
            "negative or positive",
            "positive/negative/neutral",
            "good or bad in tone, positive or negative",
        )
    )
    ask = w.pick((
        f"Is this {kind} {choice}?", f"Say whether the {kind} is {choice}.", f"How does this {kind} sound, {choice}?", f"Sort this {kind} into {choice}.", f"Judge the {kind}: {choice}?", f"Find the sentiment of the {kind} ({choice}).",
        f"A customer left this {kind}. {upper_first(choice)}?", f"Which sentiment has the {kind}, {choice}?", f"What do you think of this {kind}: {choice}?", f"Mark the {kind} as {choice}.", f"Sentiment ({choice})?", f"The {kind} is {choice}, which?",
    ))  # fmt: skip
    text = w.pick(("{t}", "{t}", '"{t}"'))
    return w.pick(
        (
            f"{ask} {text}",
            f"{ask}\n{text}",
            f"{ask}\n\n{text}",
            f"{text}\n{ask}",
            f"{text} {ask}",
            f"{upper_first(kind)}: {text}\n{ask}",
        )
    )


def opinion(w: Words, positive: bool, x: str, y: str) -> str:
    if w.chance(0.25):
        return w.pick(LIKED if positive else HATED).format(x=x)
    mine = POSITIVE if positive else NEGATIVE
    a, b = w.pick(mine), w.pick(mine)
    if w.chance(0.1):
        a = "not " + w.pick(NEGATIVE if positive else POSITIVE)
        return f"The {x} is {a}."
    return w.pick(REVIEWS).format(
        x=x,
        y=y,
        a=a,
        b=b,
        A=upper_first(a),
        v=w.pick(("is", "was", "is really", "is very", "is so")),
        n="n" if a[0] in "aeiou" else "",
        m="n" if b[0] in "aeiou" else "",
    )


ASK_SUM = (
    "What is {a} + {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} =", "How much is {a} + {b}?", "What is {a} plus {b}?", "Add {a} and {b}.", "{a} plus {b}", "Calculate {a} + {b}", "What's {a}+{b}?", "{a} plus {b}?", "Sum of {a} and {b}?",
    "What is the sum of {a} and {b}?", "Compute {a} + {b}.", "How much is {a} and {b}?", "{a}+{b}=?", "what is {a}+{b}", "Can you add {a} and {b}?", "What do you get when you add {a} to {b}?", "Work out {a} + {b}", "If I have {a} and get {b} more, how many do I have?", "Tell me {a} plus {b}.", "{a}+{b}=", "{a} + {b} = ?",
    "{a} + {b}?", "{a}+{b}?", "{a} and {b} make?", "{a} and {b} is?", "{a} and {b}, what is the sum?", "{a} added to {b} is what?", "{a} more than {b} is?", "{a} apples and {b} apples are how many apples?", "{a} children play and {b} more join. How many are there now?", "{a} birds sit in a tree and {b} more come. How many birds are there?", "what's {a} + {b}", "whats {a} + {b}",
    "whats {a} plus {b}?", "What is {a} and {b}?", "What is {a} added to {b}?", "What is the total of {a} and {b}?", "What is the result of {a} + {b}?", "What is the answer to {a} + {b}?", "What does {a} + {b} equal?", "What does {a} plus {b} make?", "What do {a} and {b} add up to?", "What do {a} and {b} make together?", "What number do I get from {a} + {b}?",
    "What comes out if I add {a} and {b}?", "What will {a} plus {b} be?", "How much is {a} plus {b}?", "How much is {a}+{b}?", "How much do {a} and {b} make?", "How much does {a} plus {b} come to?", "How much are {a} and {b} together?", "How many are {a} and {b}?", "How many is {a} plus {b}?", "Add {a} to {b}.", "Add {a} + {b}", "Add these: {a}, {b}",
    "Add the numbers {a} and {b}.", "Add up {a} and {b}.", "Add together {a} and {b}.", "Sum {a} and {b}.", "Sum up {a} and {b}", "Sum: {a} + {b}", "Sum these two numbers: {a} and {b}.", "Calculate {a}+{b}.", "Calculate {a} plus {b}.", "Calculate the sum of {a} and {b}.", "Compute {a}+{b}", "Compute the sum of {a} and {b}.",
    "Compute: {a} plus {b}", "Evaluate {a} + {b}", "Solve {a} + {b}", "Solve: {a}+{b}", "Find {a} + {b}.", "Find the sum of {a} and {b}.", "Give me the sum of {a} and {b}.", "Give the result of {a} + {b}.", "Tell me the sum of {a} and {b}.", "Do the math: {a} + {b}", "Math question: {a} + {b}?",
    "Quick, {a} plus {b}!", "Please add {a} and {b}.", "Please calculate {a} + {b}.", "Can you calculate {a} + {b}?", "Can you tell me what {a} plus {b} is?", "Could you add {a} to {b}?", "Could you tell me the sum of {a} and {b}?", "Do you know what {a} + {b} is?", "I want to add {a} and {b}. What is the sum?", "I have {a} coins and find {b} more. How many coins do I have?", "I had {a} books and bought {b}. How many books do I have?", "I paid {a} euros and then {b} euros. How much is that together?",
    "If you add {a} and {b}, what do you get?", "If {a} is added to {b}, what is the result?", "There are {a} red and {b} blue balls. How many balls are there?", "Tom has {a} and Anna has {b}. How many do they have together?", "My bill is {a} for food and {b} for drinks. What is the total?", "Take {a} and add {b}.", "Take {a}, then add {b}. What is it?", "Start with {a} and add {b}.",
)  # fmt: skip


#: Any of the first in any of the second.
SUMS = (
    "{a} + {b}", "{a}+{b}", "{a} plus {b}", "the sum of {a} and {b}", "{a} and {b} together", "{a} added to {b}", "{a} and {b} in total", "{a} and {b} added up", "the total of {a} and {b}", "{a} with {b} added", "{a} increased by {b}", "the addition {a} + {b}",
    "{a} and {b} summed", "{b} more than {a}", "({a} + {b})",
)  # fmt: skip
ASK_RESULT = (
    "What is {s}?", "What's {s}?", "What does {s} make?", "Give me {s}", "{s} is what?", "Can you tell me {s}?", "{s} makes?", "Please compute {s}.", "I need {s}", "Solve {s}", "Math: {s}", "My homework: {s}",
    "The result of {s}, please.", "How much do you get for {s}?", "Answer this: {s}", "Help me with {s}", "{s}, how much?", "{s} =", "What number is {s}?", "Find {s}", "Next: {s}", "And {s}?", "One more: {s}", "Work it out: {s}",
    "Could you calculate {s}?", "I wonder what {s} is.", "A sum: {s}", "Say what {s} comes to.", "whats {s}", "{s}", "{s}?", "{s}, please.", "{s}, what is it?", "{s} equals?",
    "{s} gives?", "{s} is how much?", "{s} is which number?", "{s}: what is the result?", "What would {s} be?", "What will {s} be?", "What does {s} equal?", "What does {s} give?", "What does {s} come to?", "What do you get for {s}?", "What do I get for {s}?", "What is the value of {s}?",
    "What is the result of {s}?", "What is the answer to {s}?", "What comes out of {s}?", "What, please, is {s}?", "Which number is {s}?", "How much is {s}?", "How many is {s}?", "How much would {s} be?", "How much does {s} make?", "Calculate {s}", "Calculate: {s}", "Calculate {s} for me.",
    "Compute {s}", "Compute: {s}", "Evaluate {s}", "Determine {s}.", "Find out {s}.", "Figure out {s}", "Work out {s}.", "Do {s}", "Do the math: {s}", "Do this sum: {s}", "Solve this: {s}", "Tell me {s}",
    "Tell me how much {s} is.", "Tell me the result of {s}.", "Give the result of {s}.", "Give me the number for {s}.", "Give only the number: {s}", "Say {s} as one number.", "Answer with a number: {s}", "Answer with just the number: {s}", "Can you do {s}?", "Can you work out {s}?", "Can you solve {s}?",
    "Could you tell me {s}?", "Could you work out {s}, please?", "Would you compute {s}?", "Will you calculate {s} for me?", "Do you know {s}?", "Do you know what {s} is?", "Please tell me {s}.", "Please work out {s}.", "Please solve {s}", "I'd like to know {s}.", "I want to know {s}.", "I need to know {s}.",
    "I need the result of {s}.", "I am looking for {s}.", "I cannot work out {s}. Can you?", "Let us see, what is {s}?", "Let me know what {s} is.", "Let's do {s}.", "Show me {s}.", "Now {s}", "Now, what is {s}?", "Then what is {s}?", "And what is {s}?", "And how much is {s}?",
    "And now {s}?", "Another one: {s}", "Another sum: {s}", "Next question: {s}?", "Question: what is {s}?", "Question: {s}\nAnswer:", "Q: {s}\nA:", "Quick question: {s}?", "Quick, {s}!", "Arithmetic: {s}", "Exercise: {s}", "Problem: {s}",
    "Quiz: {s}?", "Test: {s}", "Task: {s}", "Easy one: {s}?", "Total: {s}", "Result of {s}?", "The value of {s}?", "The answer to {s} is?",
)  # fmt: skip


def one_sum(w: Words) -> list[Message]:
    high = w.pick((9, 9, 20, 99, 99, 99, 99, 99))
    a, b = w.number(0, high), w.number(0, w.pick((9, high, high)))
    ask = w.pick(ASK_SUM) if w.chance(0.4) else w.pick(ASK_RESULT).format(s=w.pick(SUMS))
    return [user(upper_first(rough(w, ask.format(a=a, b=b)))), assistant(str(a + b))]


def sums(w: Words) -> list[Message]:
    """Several at once: a sum is few tokens and there are ten thousand of them to learn."""
    return [message for _ in range(w.number(4, 10)) for message in one_sum(w)]


ASK_REPEAT = (
    "Repeat: {t}", "Say {t}", "Echo: {t}", "Copy this: {t}", "Repeat after me: {t}", 'Say "{t}"', "Write {t}", "Please say {t}", "Repeat the following:\n{t}", "Print {t}", "Respond with {t}", "Reply with: {t}",
    "Just say {t}", "Answer with the words {t}", "Say exactly: {t}", "Type {t}", "Repeat {t}", 'Repeat "{t}"', "Repeat this: {t}", "Repeat this text: {t}", "Repeat these words: {t}", "Repeat exactly: {t}", "Repeat what I say: {t}", "Repeat this back to me: {t}",
    'Repeat the text "{t}".', 'Repeat the words "{t}"', "Repeat the following text exactly: {t}", "Repeat word for word: {t}", "Please repeat: {t}", "Please repeat after me: {t}", 'Please repeat "{t}".', 'Please write "{t}"', "Please reply with {t}", "Can you repeat this? {t}", 'Can you say "{t}"?', "Can you repeat after me: {t}",
    "Could you say {t}", 'Could you repeat "{t}"?', "Would you please write {t}", "Say: {t}", "Say this: {t}", "Say these words: {t}", "Say the following: {t}", "Say the words {t}", "Say only {t}", "Say just this: {t}", "Say after me: {t}", "Say nothing but {t}",
    "Now say {t}", "Now repeat: {t}", "Simply say {t}", "Only say: {t}", "Just repeat {t}", "Just write: {t}", 'Just answer "{t}"', "Echo {t}", 'Echo "{t}"', "Echo this back: {t}", "Echo the following text:\n{t}", "Copy: {t}",
    'Copy "{t}"', "Copy the text: {t}", "Copy the following line.\n{t}", "Write: {t}", 'Write "{t}"', "Write this: {t}", "Write exactly this: {t}", "Write the words {t}", "Write down {t}", "Write back {t}", "Print: {t}", 'Print "{t}"',
    "Print the following: {t}", "Output: {t}", 'Output "{t}"', "Output exactly {t}", "Output only this: {t}", "Type: {t}", 'Type "{t}"', "Type this text: {t}", "Type out {t}", "Reply {t}", 'Reply "{t}"', 'Reply with "{t}"',
    "Reply with exactly {t}", "Reply only with {t}", "Reply with nothing but {t}", "Respond with: {t}", 'Respond with "{t}"', "Respond only with {t}", "Respond exactly with {t}", "Answer {t}", "Answer: {t}", 'Answer "{t}"', "Answer with {t}", 'Answer with "{t}"',
    "Answer only with {t}", "Answer with exactly this: {t}", "Send back {t}", "Send me the text {t}", "Return {t}", "Return this text: {t}", 'Return exactly "{t}"', "Give me back these words: {t}", 'Tell me "{t}"', "Let me hear you say {t}", 'Let me see you write "{t}"', "I want you to say {t}",
    "I want you to repeat this: {t}", 'I say "{t}" and you repeat it.', "I say: {t}\nYou say the same.", "What I say, you repeat: {t}", "Your answer should be {t}", "Your reply must be: {t}", "Be my echo: {t}", "Be a parrot: {t}", "Parrot this: {t}", "Quote this: {t}", 'Quote me: "{t}"', "Read this out: {t}",
    "Read aloud: {t}",
)  # fmt: skip


def repeats(w: Words) -> list[Message]:
    return [message for _ in range(w.number(1, 4)) for message in repeat(w)]


def repeat(w: Words) -> list[Message]:
    text = " ".join(
        w.pick((w.invented, w.invented, w.noun, w.name, w.code, lambda: str(w.integer()), lambda: w.pick(STATES)))()
        for _ in range(w.number(1, 6))
    )
    return [user(w.pick(ASK_REPEAT).format(t=text)), assistant(text)]
