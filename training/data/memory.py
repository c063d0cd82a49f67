"""Facts that the user tells and asks for later."""

from __future__ import annotations

from ..render import Message, assistant, user
from .chat import greet, identity, refuse
from .exercises import one_sum, sentiment
from .rough import rough
from .words import ANIMALS, Words, upper_first


def _ways(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


TELL_NAME = _ways(
    "Hi, my name is {}.|I am {}.|Hello! {} here.|My name is {}.|You can call me {}.|I'm {}|Call me {}.|Hey, I'm {}!|This is {}.|Hello, my name is {}. How are you?|People call me {}.|my name is {}|Hi! I am {}, nice to meet you.|The name is {}.|Good morning, I am {}.|They call me {}.|Let me introduce myself: {}.|Name's {}.|I go by {}.|It's {} again.|"
    "Good evening, my name is {}.|Good afternoon, {} speaking.|{} is what people call me.|{} here, good to meet you.|{} is the name my parents gave me.|{}, that's me.|{} is how my friends know me.|{}, pleased to meet you.|{} is writing to you.|My parents named me {}.|My parents called me {} when I was born.|My friends call me {}.|All my friends call me {}, so you can too.|My colleagues call me {}.|At work everybody calls me {}.|At school they called me {}.|My mother always calls me {}.|My grandmother gave me the name {}.|Everyone knows me as {}.|I am known as {}.|I am called {}.|I was named {}.|I was named {} after my grandfather.|I was baptised {}.|I introduce myself as {}.|"
    "I should introduce myself first. I'm {}.|Before we begin, you should know that I am {}.|Since we have not met before, I am {}.|We haven't met yet. My name is {}.|I don't think we have met. I'm {}.|So that you know who you are talking to: I am {}.|So you know who is writing, my name is {}.|Just so you know, my name is {}.|By the way, I'm {}.|By the way, my name is {}.|Oh, I forgot to say that my name is {}.|I forgot to introduce myself, I'm {}.|Sorry, I did not say who I am. I am {}.|Please remember that my name is {}.|Remember my name: {}.|Please call me {}.|Please call me {} from now on.|Feel free to call me {}.|Just call me {}.|Just call me {}, everyone does.|You may call me {}.|You may address me as {}.|I'd like you to call me {}.|I would like to be called {}.|I prefer to be called {}.|"
    "May I introduce myself? My name is {}.|Allow me to introduce myself, I am {}.|Dear assistant, my name is {}.|Dear Sir or Madam, I am {}.|Kind regards, {}|Best wishes, {}|Yours sincerely, {}|Thanks in advance, {}|Signed, {}|Signed by me, {}.|Greetings, I am {}.|Hey there, {} here!|hey its {}|hi im {}|hello im {}|yo, {} here|Yo, I'm {}, what's up?|Sup, the name's {}.|Hiya, I'm {}!|Heya! Folks call me {}.|Howdy, the name is {}.|Hi there! My name is {} and I am new here.|I'm new here, my name is {}.|Hello, it's me, {}.|Hi, this is {} speaking.|You're speaking with {}.|The person writing to you is {}.|I am {} and I have a few questions.|I'm {} and I need some help today.|My name is {} and I am bored.|My name's {}, what can you do?|"
    "I am {}, and it is late here.|It's a lovely day and my name is {}.|What a long day. I'm {}, by the way.|I had a good breakfast. My name is {}.|I just woke up, I'm {}.|I am tired today, but my name is still {}.|My first time here! I'm {}.|On my passport it says {}, that is my name.|If anyone asks, my name is {}.|If you want to know my name, it is {}.|In case you wonder, I am {}.|You asked who I am: {}.|My name, in case you need it, is {}.|As for my name, it's {}.|It is spelled just as it sounds: my name is {}.|They gave me the name {}.|I answer to {}.|I have been called {} all my life.|I have the name {}.|You are chatting with {} today.|I hope you can remember that I am {}.|Don't forget that I'm {}.|Keep in mind that my name is {}.|Note my name, please: {}."
)  # fmt: skip
ASK_NAME = _ways(
    "What is my name?|What's my name?|Do you remember my name?|Who am I?|Say my name.|Do you know my name?|Can you tell me my name?|What am I called?|Tell me my name.|What was my name again?|how am i called|Do you still know who I am?|What did I say my name was?|And what is my name?|Please repeat my name.|"
    "So what is my name?|Now, what is my name?|Okay, and who am I?|Remind me, what is my name?|Remind me of my name.|Please remind me what I am called.|Could you remind me of my name?|Could you say my name, please?|Could you repeat my name?|Would you tell me who I am?|Would you say my name again?|Will you tell me my name?|Can you say who I am?|Can you repeat my name?|Can you recall my name?|Can you remember who I am?|Are you able to tell me my name?|I wonder if you remember my name.|I wonder whether you still know my name.|I'd like to know if you know my name.|I want to hear my name.|I would like to hear you say my name.|Let me hear my name.|Let's see if you remember my name.|Let me test you: what is my name?|A test of your memory: what is my name?|Memory test! Who am I?|Quick question: what's my name?|One question, what is my name?|"
    "Which name did I give you?|What name did I give you?|What name did I tell you?|What name did I use when I introduced myself?|How did I introduce myself?|How did I say I am called?|Who did I say I was?|Who did I say I am?|What did I tell you my name was?|What did I tell you about my name?|What did I ask you to call me?|What should you call me?|What do you call me?|What do people call me?|What do my friends call me?|How should you address me?|By what name should you call me?|By which name do you know me?|Under what name do you know me?|Which name is mine?|What name do I have?|What name do I go by?|Who are you talking to?|Who are you talking with?|Who is talking to you?|Who is writing to you?|Do you know who I am?|Do you know who you are talking to?|Do you know what I am called?|Do you recall my name?|Do you remember who I am?|Do you remember what my name is?|Do you remember how I introduced myself?|"
    "I told you my name. What is it?|I told you my name earlier, what was it?|I gave you my name before. Which one was it?|I said who I am. Who am I?|I have introduced myself. What is my name?|I think you know my name. Say it.|I hope you did not forget my name. What is it?|I bet you forgot my name.|You should know my name. What is it?|You know who I am, don't you?|You haven't forgotten my name, have you?|Have you forgotten my name?|Did you forget my name?|Did you note my name?|Did you keep my name in mind?|People forget my name. Do you know it?|I am so forgetful. What's my name?|I forgot my own name, what is it?|whats my name|what is my name|who am i|do u know my name|my name?|And my name?|And my name was?|Name me.|Greet me by my name.|Now say my name.|Now tell me who I am.|Please tell me who I am.|Please say my name.|Please tell me my name once more.|Write my name.|Spell out my name for me.|Back to me: what is my name?|After all this, do you still remember my name?|If you were listening, what is my name?|Earlier I told you who I am. What's my name?"
)  # fmt: skip
#: what the user tells, what he asks later, the answer, the kind
FACTS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str], ...] = (
    (
        _ways("I live in {}.|My home is in {}.|I moved to {} recently.|I'm living in {}|My flat is in {}.|My house is in {}.|I have lived in {} for years.|I've been living in {} since last year.|We live in {}, my family and I.|I settled in {}.|I am a resident of {}.|{} is where I live.|{} is my home.|I rent a small place in {}.|Last year I moved to {}, and I live there now.|I live in {} because it is quiet there.|These days I live in {}.|My address is in {}.|I make my home in {}.|I currently live in {}.|It's raining here in {}, where I live.|I share a flat in {} with two friends."),
        _ways("Where do I live?|Which city do I live in?|Where is my home?|In which city do I live?|What city do I live in?|What place do I live in?|Do you remember where I live?|Do you know where I live?|Can you tell me where I live?|Tell me where I live.|Where did I say I live?|Where is my house?|Where is my flat?|In what town is my home?|Which place do I call home?|Where am I living?|Remind me where I live.|I told you where I live. Where is it?|Which city is my home in?|where do i live"),
        "You live in {}.", "city",
    ),
    (
        _ways("I work as a {}.|I am a {} by profession.|My job is {}.|I earn my money as a {}.|I'm a {} by trade.|My profession is {}.|For a living, I work as a {}.|I make my living as a {}.|I have worked as a {} for ten years.|I am employed as a {}.|I got a job as a {}.|I have a job as a {}.|I became a {} after school, and it is still my job.|My work is that of a {}.|I trained as a {} and now that is my job.|In my job I am a {}.|I was hired as a {}.|People pay me to work as a {}.|My occupation is {}.|I started my career as a {}."),
        _ways("What is my job?|What do I do for a living?|What do I work as?|What's my profession?|What is my occupation?|Which job do I have?|What job do I have?|How do I earn my money?|How do I make my living?|Do you remember my job?|Do you know what I do for a living?|Do you remember what I work as?|Can you tell me what my job is?|Tell me my profession.|What did I say my job was?|What did I tell you about my job?|What kind of work do I do?|Remind me what my job is.|What is my trade?|In what profession do I work?"),
        "You work as a {}.", "job",
    ),
    (
        _ways("I work at {}.|I work for {}.|My employer is {}.|I am employed by {}.|I am employed at {}.|I have worked for {} since last year.|I got hired by {}.|I have a position at {}.|My office is at {}, I work there.|I started working for {} in spring.|{} is my employer.|{} is where I work.|{} pays my salary.|My salary comes from {}.|I spend my days working for {}.|The company I work for is {}.|Since May I have been working at {}.|I am on the staff of {}.|I signed a contract with {} and work there now.|I'm working for {}"),
        _ways("Where do I work?|Who do I work for?|Who is my employer?|Which company do I work for?|What company do I work for?|Who pays my salary?|At which company do I work?|Who am I employed by?|Where am I employed?|What is the name of my employer?|Do you remember where I work?|Do you know who I work for?|Can you tell me where I work?|Tell me who my employer is.|Where did I say I work?|Who did I say I work for?|What did I say about my employer?|Remind me which company I work for.|For whom do I work?|Which firm employs me?"),
        "You work at {}.", "company",
    ),
    (
        _ways("I am {} years old.|I'm {} years old|My age is {}.|I turned {} this year.|I have just turned {}.|I am {} years of age.|I became {} years old last week.|I am already {} years old.|I'm only {} years old.|In years, my age is {}.|I feel young though I am {} years old.|My age, if you want to know, is {}.|I am a {} year old person.|Last month I turned {}.|{} is my age.|You would not guess it, but I am {} years old.|At {} years of age I still like games.|I celebrated turning {} yesterday.|I've reached the age of {}.|Would you believe that I am {} years old?"),
        _ways("How old am I?|What is my age?|Do you know how old I am?|Tell me my age.|What's my age?|Do you remember my age?|Do you remember how old I am?|Can you tell me how old I am?|How many years old am I?|What age am I?|What did I say my age was?|How old did I say I am?|Remind me how old I am.|I told you my age. What is it?|At what age am I now?|How many years have I lived?|Which age did I give?|Could you repeat my age?|Say how old I am.|how old am i"),
        "You are {} years old.", "int",
    ),
    (
        _ways("I like {}.|I really like {}.|I love {}.|I enjoy {}.|I like {} a lot.|I am fond of {}.|I'm a fan of {}.|I adore {}.|I have always liked {}.|I am crazy about {}.|What I like most is {}.|What I love is {}.|There is nothing I like more than {}.|You know what I like? It's {}.|{} is something I like.|{} is what I love.|I can't get enough of {}, I like it so much.|{} makes me happy, I like it.|I've come to like {}.|Like my sister, I love {}."),
        _ways("What do I like?|What do I love?|What do I enjoy?|Which thing do I like?|What am I fond of?|What am I a fan of?|What did I say I like?|Do you remember what I like?|Do you know what I like?|Do you know what I love?|Can you tell me what I like?|Tell me what I like.|What is it that I like?|What is the thing I love?|Remind me what I like.|I told you that I like something. What is it?|What makes me happy?|What do I like so much?|Which thing do I enjoy?|what do i like"),
        "You like {}.", "word",
    ),
    (
        _ways("I was born on {}.|My birthday is {}.|My date of birth is {}.|My birthday is on {}.|I have my birthday on {}.|I celebrate my birthday on {}.|My birth date is {}.|The day of my birth is {}.|I came into the world on {}.|{} is my birthday.|{} is my date of birth.|On {} it is my birthday.|My parents had me on {}, that is my birthday.|Write down my birthday, it is {}.|The date of my birthday is {}.|There will be cake on {} because it's my birthday.|Don't forget my birthday on {}.|In my passport the date of birth is {}.|Every year I have a party for my birthday, {}.|My day of birth was {}."),
        _ways("When is my birthday?|When was I born?|What is my date of birth?|On what day is my birthday?|On which date was I born?|What date is my birthday?|Do you remember my birthday?|Do you know when my birthday is?|Do you know when I was born?|Can you tell me my date of birth?|Tell me my birthday.|When did I say my birthday is?|Remind me when my birthday is.|When do I celebrate my birthday?|What day was I born on?|What is my birth date?|I told you my birthday. When is it?|Which day is my birthday?|Could you repeat my date of birth?|When should you wish me a happy birthday?"),
        "Your birthday is {}.", "date",
    ),
    (
        _ways("My meeting is at {}.|I have a meeting at {}.|The meeting starts at {}.|My meeting starts at {}.|I've got a meeting at {}|There is a meeting for me at {}.|I must be in a meeting at {}.|At {} I have a meeting.|At {} my meeting begins.|My meeting begins at {}.|They put my meeting at {}.|My boss wants a meeting at {}.|I can't be late, my meeting is at {}.|The time of my meeting is {}.|We agreed to have the meeting at {}.|My meeting was moved to {}.|My next meeting is at {}.|I need to go to a meeting at {}.|I'm nervous about my meeting at {}.|Please remember that I have a meeting at {}."),
        _ways("When is my meeting?|At what time is my meeting?|What time does my meeting start?|What time is my meeting?|When does my meeting start?|When does my meeting begin?|When do I have a meeting?|At what time do I have my meeting?|Do you remember when my meeting is?|Do you know the time of my meeting?|Can you tell me when my meeting is?|Tell me when my meeting starts.|When did I say my meeting is?|Remind me when my meeting begins.|When must I be in the meeting?|What did I say about the time of my meeting?|I told you about my meeting. When is it?|By when must I be at my meeting?|What is the time of my meeting?|when is my meeting"),
        "Your meeting is at {}.", "clock",
    ),
    (
        _ways("I have a {} called Rex.|My pet is a {}.|I own a {}.|I have a {} as a pet.|I keep a {} at home.|I've got a pet {}.|At home I have a pet {}.|I got a {} as a pet for my birthday.|We have a {} in the house, it's my pet.|I have a {}, it is the best pet.|There is a {} living with me, my pet.|I adopted a {}.|I take care of my pet {}.|My pet, a {}, is asleep now.|I had to feed my pet {} this morning.|A {} is the pet I have.|Since last year I own a {} as a pet.|My parents allowed me to keep a {}.|I play with my pet {} every day.|I went for a walk with my pet {}."),
        _ways("What pet do I have?|Which animal do I own?|What is my pet?|Which pet do I have?|What animal do I have?|What kind of pet do I have?|What kind of animal do I keep?|What sort of animal is my pet?|Which animal lives with me?|Do you remember what pet I have?|Do you know which animal I have?|Can you tell me what my pet is?|Tell me which pet I have.|What pet did I say I have?|Remind me what animal I own.|What animal is my pet?|I told you about my pet. What animal is it?|Which animal do I have at home?|What animal do I own?|As a pet, what do I have?"),
        "You have a {}.", "animal",
    ),
    (
        _ways("I bought a {} today.|Today I bought a {}.|I have just bought a {}.|I went to the shop and bought a {}.|I bought a {}.|I finally bought a {}.|I've bought a {} at the market.|At the market I bought a {}.|I bought myself a {}.|This morning I bought a {}.|A {} is what I bought.|I had some money left, so I bought a {}.|I purchased a {}.|In town I bought a {} for a good price.|I was in the shop today to buy a {}.|My purchase of today is a {}.|I couldn't resist and bought a {}.|Guess what, I bought a {}!|I ended up buying a {}.|i bought a {}"),
        _ways("What did I buy?|What did I buy today?|Which thing did I buy?|What have I bought?|What did I say I bought?|What did I purchase?|Do you remember what I bought?|Do you know what I bought?|Can you tell me what I bought?|Tell me what I bought.|Remind me what I bought.|What is it that I bought?|What was it I bought?|I told you that I bought something. What was it?|What did I get when I went to buy something?|What was my purchase?|What was the thing I bought?|Could you say what I bought?|I bought something, what was it?|what did i buy"),
        "You bought a {}.", "thing",
    ),
    (
        _ways("I am travelling to {}.|My trip goes to {}.|I am going to {} next week.|I'm going on a trip to {}.|I will travel to {} soon.|I booked a trip to {}.|I'm going to {} for my holiday.|My holiday trip goes to {}.|We are going to {} in summer.|Next month I am travelling to {}.|Tomorrow I am going to {}.|I plan to travel to {}.|I have a ticket to {}, I'm going there on Friday.|I packed my bags because I am going to {}.|{} is where I am going.|{} is where my trip goes.|I'm so excited, I am travelling to {}!|I'm off to {} soon.|My next journey goes to {}.|My travels take me to {}."),
        _ways("Where am I going?|Where does my trip go?|Where am I travelling?|Where am I travelling to?|Which city am I going to?|To which city am I travelling?|Where is my trip going?|What is the destination of my trip?|Do you remember where I am going?|Do you know where I am travelling?|Can you tell me where I am going?|Tell me where my trip goes.|Where did I say I am going?|Remind me where I am travelling to.|Where will I travel?|I told you about my trip. Where does it go?|Which place am I travelling to?|To what place am I going?|What is my destination?|where am i going"),
        "You are going to {}.", "city",
    ),
    (
        _ways("I am allergic to {}.|I have an allergy to {}.|I can't eat {}.|I'm allergic to {}|My allergy is to {}.|I must not eat {} because of my allergy.|I have been allergic to {} since I was a child.|My doctor says that I am allergic to {}.|I found out that I'm allergic to {}.|I get a rash from {}, I am allergic to it.|I sneeze because I am allergic to {}.|Please remember that I am allergic to {}.|No {} for me, I'm allergic to it.|{} is what I am allergic to.|{} gives me an allergy.|I have a strong allergy to {}.|Sadly I am allergic to {}.|If you cook for me, I am allergic to {}.|I suffer from an allergy to {}.|The test shows that I am allergic to {}."),
        _ways("What am I allergic to?|Which allergy do I have?|What can't I eat?|What is my allergy?|What allergy do I have?|What do I have an allergy to?|Do you remember what I am allergic to?|Do you know my allergy?|Can you tell me what I am allergic to?|Tell me what I am allergic to.|What did I say I am allergic to?|Remind me what I'm allergic to.|To what am I allergic?|What gives me an allergy?|What must I not eat?|I told you about my allergy. What is it to?|Which thing am I allergic to?|What should I avoid because of my allergy?|Could you repeat what I'm allergic to?|what am i allergic to"),
        "You are allergic to {}.", "word",
    ),
    (
        _ways("I speak {}.|I can speak {}.|I speak {} at home.|I grew up speaking {}.|My family speaks {}, and so do I.|I speak {} very well.|I am a speaker of {}.|The language I speak is {}.|My native language is {}.|My mother tongue is {}.|I'm fluent in {}.|{} is the language I speak.|With my friends I speak {}.|At work I speak {}.|I only speak {}.|I speak {} every day.|In my house we all speak {}.|Besides your language I speak {}."),
        _ways("What language do I speak?|Which language do I speak?|What do I speak?|What is the language I speak?|In which language am I fluent?|What can I speak?|Do you remember which language I speak?|Do you know what language I speak?|Can you tell me which language I speak?|Tell me which language I speak.|What language did I say I speak?|Remind me what language I speak.|Which language can I speak?|Which language am I fluent in?|I told you which language I speak. Which one?|What is it that I speak?|Name the language that I speak.|what language do i speak"),
        "You speak {}.", "language",
    ),
    (
        _ways("I am learning {}.|I'm learning {}|I started learning {}.|I have been learning {} for a year.|I am taking lessons to learn {}.|I'm trying to learn {}.|I want to be good at it, so I am learning {}.|At night I am learning {}.|I began to learn {} last month.|I learn {} with an app.|My sister and I are learning {}.|Learning {} is fun for me.|It's hard, but I am learning {}.|{} is the language I am learning.|The language I'm learning is {}.|Because of my job I am learning {}.|I decided to learn {}.|I spend an hour a day learning {}."),
        _ways("What am I learning?|Which language am I learning?|What language am I learning?|What did I start to learn?|Do you remember what I am learning?|Do you know which language I am learning?|Can you tell me what I'm learning?|Tell me what I am learning.|What did I say I am learning?|Remind me which language I'm learning.|What is the language I am learning?|What am I trying to learn?|What do I learn?|I told you that I am learning something. What?|What do I take lessons in?|Which language do I want to learn?|Could you say what I am learning?|what am i learning"),
        "You are learning {}.", "language",
    ),
    (
        _ways("I was born in {}.|I was born in {} many years ago.|My place of birth is {}.|My birthplace is {}.|I was born in {}, but we left early.|My mother gave birth to me in {}.|I came into the world in {}.|The city I was born in is {}.|The place where I was born is {}.|{} is where I was born.|{} is my place of birth.|{} is my birthplace.|As it says in my passport, I was born in {}.|Like my father, I was born in {}.|I was born in a hospital in {}.|It's a nice place, {}. I was born there.|Did you know that I was born in {}?|My family is from far away, but I was born in {}."),
        _ways("In which city was I born?|Where was I born?|What city was I born in?|Which city was I born in?|What is my place of birth?|What is my birthplace?|Do you remember where I was born?|Do you know where I was born?|Can you tell me where I was born?|Tell me where I was born.|Where did I say I was born?|Remind me where I was born.|In what place was I born?|Which place is my birthplace?|I told you where I was born. Where was it?|Where did my mother give birth to me?|Where did I come into the world?|where was i born"),
        "You were born in {}.", "city",
    ),
    (
        _ways("I grew up in {}.|I spent my childhood in {}.|I was raised in {}.|As a child I lived in {}, I grew up there.|My childhood was in {}.|My parents raised me in {}.|{} is where I grew up.|{} is the town of my childhood.|My brothers and I grew up in {}.|I had a happy childhood in {}.|I grew up in {}, near the river.|I grew up in {} and left at eighteen.|The place where I grew up is {}.|The city where I grew up is {}.|My school days were in {}, where I grew up.|Did I tell you that I grew up in {}?"),
        _ways("Where did I grow up?|In which city did I grow up?|Which city did I grow up in?|Where did I spend my childhood?|Where was I raised?|Where was my childhood?|Do you remember where I grew up?|Do you know where I grew up?|Can you tell me where I grew up?|Tell me where I grew up.|Where did I say I grew up?|Remind me where I grew up.|What place did I grow up in?|In what city did I spend my childhood?|I told you where I grew up. Where was it?|where did i grow up"),
        "You grew up in {}.", "city",
    ),
    (
        _ways("I study {}.|I am studying {}.|I study {} at university.|I'm a student of {}.|My subject at university is {}.|I have been studying {} for two years.|I decided to study {}.|I began to study {} last autumn.|My studies are in {}.|I'm doing a degree in {}.|The subject I study is {}.|{} is what I study.|I go to college and study {}.|I am busy because I study {}.|My parents wanted me to study {}, so I do.|At the university I study {}.|I'm a student and I study {}.|I study {} because it is interesting."),
        _ways("What do I study?|What am I studying?|Which subject do I study?|What subject am I studying?|What is it that I study?|Do you remember what I study?|Do you know what I study?|Can you tell me what I study?|Tell me what I study.|What did I say I study?|Remind me what I am studying.|What do I study at university?|What are my studies in?|In what subject do I do a degree?|I told you what I study. What is it?|What am I a student of?|Which subject did I decide to study?|what do i study"),
        "You study {}.", "word",
    ),
    (
        _ways("I play the {}.|I can play the {}.|I have played the {} since I was six.|I play the {} in a band.|I like music and play the {}.|I'm good at playing the {}.|On Sundays I play the {}.|I play the {} every evening.|The instrument that I play is the {}.|In the orchestra I play the {}.|I am a musician, I play the {}.|My neighbors complain because I play the {}.|My teacher taught me to play the {}.|I practise playing the {} a lot.|The {} is the instrument I play.|I love playing the {}.|At the concert I will play the {}.|As a hobby I play the {}."),
        _ways("What do I play?|Which instrument do I play?|What instrument do I play?|What can I play?|What do I play in the band?|Do you remember what I play?|Do you know which instrument I play?|Can you tell me what I play?|Tell me which instrument I play.|What did I say I play?|Remind me what instrument I play.|What is the instrument that I play?|Which instrument can I play?|I told you that I play an instrument. Which one?|What instrument am I good at playing?|What do I play when I make music?|As a musician, what do I play?|what do i play"),
        "You play the {}.", "word",
    ),
    (
        _ways("I drink {}.|I drink {} every morning.|In the morning I drink {}.|I only drink {}.|I always drink {}.|I drink a lot of {}.|With my breakfast I drink {}.|When I am thirsty I drink {}.|I am drinking {} right now.|I never drink coffee, I drink {}.|What I drink is {}.|{} is what I drink.|I drink {} because it is healthy.|I drink a glass of {} a day.|At dinner I drink {}.|My friends drink wine, but I drink {}.|I can't start the day unless I drink {}.|I usually drink {}."),
        _ways("What do I drink?|What do I usually drink?|What is it that I drink?|Do you remember what I drink?|Do you know what I drink?|Can you tell me what I drink?|Tell me what I drink.|What did I say I drink?|Remind me what I drink.|Which drink do I take when I am thirsty?|What do I drink when I am thirsty?|I told you what I drink. What is it?|What do I always drink?|What should you pour me to drink?|Which thing do I drink?|what do i drink"),
        "You drink {}.", "word",
    ),
    (
        _ways("I drive a {}.|I drive a {} to work.|I'm driving a {} these days.|I have always driven a {}.|I drive an old car, a {}.|To get to work I drive a {}.|My whole family drives a {}, and I do too.|On the road I drive a {}.|I like to drive my {}.|I go everywhere by car, I drive a {}.|A {} is what I drive.|The car that I drive is a {}.|Since spring I drive a {}.|I drive a {} because it needs little fuel.|I used to walk, but now I drive a {}.|I love driving my {}."),
        _ways("What do I drive?|What car do I drive?|Which car do I drive?|What am I driving?|Do you remember what I drive?|Do you know what I drive?|Can you tell me what I drive?|Tell me what I drive.|What did I say I drive?|Remind me what I drive.|What kind of car do I drive?|What is it that I drive?|I told you what I drive. What is it?|What do I drive to work?|What make of car do I drive?|what do i drive"),
        "You drive a {}.", "word",
    ),
    (
        _ways("I am cooking {}.|I'm cooking {} tonight.|Tonight I am cooking {}.|For dinner I am cooking {}.|I'm in the kitchen, cooking {}.|I am going to cook {} for my friends.|I will cook {} for dinner.|I'm hungry, so I am cooking {}.|I have guests and am cooking {}.|My plan is to cook {}.|Today I cook {}.|I want to cook {} this evening.|{} is what I am cooking.|{} is the dish I am cooking.|It smells good here, I'm cooking {}.|The dish that I am cooking is {}."),
        _ways("What am I cooking?|What am I cooking for dinner?|Which dish am I cooking?|What do I cook?|What will I cook?|What am I going to cook?|Do you remember what I am cooking?|Do you know what I'm cooking?|Can you tell me what I am cooking?|Tell me what I am cooking.|What did I say I am cooking?|Remind me what I'm cooking.|I told you what I am cooking. What is it?|What dish do I want to cook?|What is it that I am cooking?|what am i cooking"),
        "You are cooking {}.", "word",
    ),
    (
        _ways("I am reading a book by {}.|I'm reading a book by {}|At the moment I am reading a book by {}.|I started reading a book by {}.|I read a book by {} every night before sleep.|I can't stop reading this book by {}.|In bed I am reading a book by {}.|The author I am reading is {}.|I'm in the middle of a book by {}.|The book I am reading was written by {}.|The book that I'm reading is by {}.|{} wrote the book I am reading.|{} is the author I'm reading.|My teacher told me to read a book by {}, so I'm reading it.|I'm enjoying reading a book by {}.|On the train I am reading a book by {}."),
        _ways("Which author am I reading?|What author am I reading?|Who wrote the book I am reading?|By whom is the book I am reading?|Whose book am I reading?|Do you remember which author I am reading?|Do you know who wrote the book I'm reading?|Can you tell me whose book I am reading?|Tell me which author I am reading.|Who did I say wrote the book I am reading?|Remind me who wrote the book I'm reading.|What did I say I am reading?|Who is the author of the book I'm reading?|I told you about the book I am reading. Who is it by?|What am I reading?|A book by whom am I reading?"),
        "You are reading a book by {}.", "name",
    ),
    (
        _ways("I am afraid of {}.|I'm afraid of {}|I have a fear of {}.|I am scared of {}.|I have always been afraid of {}.|My biggest fear is {}.|I fear {}.|I'm terrified of {}.|As a child I became afraid of {}, and I still am.|Nothing scares me but {}.|What I fear is {}.|{} is what I am afraid of.|{} scares me.|Don't laugh, but I am afraid of {}.|I can't sleep because I'm afraid of {}.|To be honest, I am scared of {}.|I run away when I see {}, I'm so afraid of it.|I must admit that I am afraid of {}."),
        _ways("What am I afraid of?|What am I scared of?|What do I fear?|What scares me?|What is my biggest fear?|What do I have a fear of?|Of what am I afraid?|Do you remember what I am afraid of?|Do you know what I'm scared of?|Can you tell me what I am afraid of?|Tell me what I fear.|What did I say I am afraid of?|Remind me what I'm afraid of.|What is it that I am afraid of?|I told you about my fear. What is it?|Which thing scares me?|What am I terrified of?|what am i afraid of"),
        "You are afraid of {}.", "word",
    ),
    (
        _ways("I collect {}.|I collect {} as a hobby.|I have collected {} for years.|I'm a collector of {}.|I have a big collection of {}.|My collection is of {}.|At home I collect {}.|I started to collect {} as a child.|Like my uncle, I collect {}.|I collect {} from all over the world.|My shelves are full, I collect {}.|{} is what I collect.|What I collect is {}.|I love to collect {}.|I spend my money to collect {}.|You may find it odd, but I collect {}."),
        _ways("What do I collect?|What am I a collector of?|What is in my collection?|What is my collection of?|Which thing do I collect?|Do you remember what I collect?|Do you know what I collect?|Can you tell me what I collect?|Tell me what I collect.|What did I say I collect?|Remind me what I collect.|What is it that I collect?|I told you about my collection. What do I collect?|What have I collected for years?|What do I have a collection of?|what do i collect"),
        "You collect {}.", "word",
    ),
    (
        _ways("I lost my {}.|I have lost my {}.|I've lost my {} on the bus.|Yesterday I lost my {}.|I am sad because I lost my {}.|On the train I lost my {}.|I think I lost my {} in the park.|I seem to have lost my {}.|Oh no, I lost my {}!|My {} is lost, I left it somewhere.|I was careless and lost my {}.|While walking I lost my {}.|It's my {} that I lost.|The thing I lost is my {}.|I was in a hurry and lost my {}.|i lost my {}"),
        _ways("What did I lose?|What have I lost?|Which thing did I lose?|What is it that I lost?|What did I say I lost?|Do you remember what I lost?|Do you know what I lost?|Can you tell me what I lost?|Tell me what I lost.|Remind me what I lost.|I told you that I lost something. What was it?|What was it that I lost?|What is lost?|Which of my things did I lose?|I lost something, what was it?|what did i lose"),
        "You lost your {}.", "thing",
    ),
    (
        _ways("I sold my {}.|I have sold my {}.|Yesterday I sold my {}.|I sold my {} to a neighbor.|I needed money, so I sold my {}.|I finally sold my {}.|At the flea market I sold my {}.|I've just sold my {} online.|It was hard, but I sold my {}.|I was glad to sell my {}.|My {} is gone, I sold it.|The thing I sold is my {}.|Before moving I sold my {}.|I got a good price when I sold my {}.|I didn't use it, so I sold my {}.|i sold my {}"),
        _ways("What did I sell?|What have I sold?|Which thing did I sell?|What is it that I sold?|What did I say I sold?|Do you remember what I sold?|Do you know what I sold?|Can you tell me what I sold?|Tell me what I sold.|Remind me what I sold.|I told you that I sold something. What was it?|What was it that I sold?|Which of my things did I sell?|What did I get a good price for when I sold it?|I sold something, what was it?|what did i sell"),
        "You sold your {}.", "thing",
    ),
    (
        _ways("I need a {}.|I really need a {}.|I need a {} for tomorrow.|For my work I need a {}.|I badly need a {}.|What I need is a {}.|A {} is what I need.|All I need is a {}.|I am in need of a {}.|I think I need a {}.|At the moment I need a {}.|My house is fine, but I need a {}.|To finish this I need a {}.|It turns out that I need a {}.|I can't go on, I need a {}.|i need a {}"),
        _ways("What do I need?|Which thing do I need?|What is it that I need?|What am I in need of?|What did I say I need?|Do you remember what I need?|Do you know what I need?|Can you tell me what I need?|Tell me what I need.|Remind me what I need.|I told you that I need something. What is it?|What do I badly need?|What do I really need?|What was it I needed?|I need something, what was it?|what do i need"),
        "You need a {}.", "thing",
    ),
    (
        _ways("I am looking for a {}.|I'm looking for a {}|I have been looking for a {} all day.|I came here to look for a {}.|I am searching for a {}.|I'm in search of a {}.|For weeks I have been looking for a {}.|In the shops I am looking for a {}.|What I am looking for is a {}.|A {} is what I'm looking for.|My wife and I are looking for a {}.|I keep looking for a {}.|I'm trying to find a {}.|I'd like to find a {}, I'm looking everywhere.|Everywhere I go I am looking for a {}.|I'm still looking for a {}."),
        _ways("What am I looking for?|What am I searching for?|What am I trying to find?|Which thing am I looking for?|What did I say I am looking for?|Do you remember what I am looking for?|Do you know what I'm looking for?|Can you tell me what I am looking for?|Tell me what I am looking for.|Remind me what I'm looking for.|I told you that I am looking for something. What is it?|For what am I looking?|What do I want to find?|What am I in search of?|What is it that I am looking for?|what am i looking for"),
        "You are looking for a {}.", "thing",
    ),
    (
        _ways("My flight leaves at {}.|My flight is at {}.|I have a flight at {}.|My plane leaves at {}.|My flight takes off at {}.|At {} my flight leaves.|I'm flying at {}.|I fly at {}.|My flight departs at {}.|I must hurry, my flight leaves at {}.|I have to be at the airport, my flight is at {}.|The departure of my flight is at {}.|They moved my flight to {}.|My flight was changed and now leaves at {}.|I'm catching a flight at {}.|The plane I take leaves at {}."),
        _ways("When does my flight leave?|When is my flight?|At what time is my flight?|What time does my flight leave?|What time is my flight?|When does my plane leave?|When do I fly?|When does my flight take off?|Do you remember when my flight leaves?|Do you know the time of my flight?|Can you tell me when my flight is?|Tell me when my flight leaves.|When did I say my flight leaves?|Remind me when my flight is.|I told you about my flight. When does it leave?|When does my flight depart?|when is my flight"),
        "Your flight leaves at {}.", "clock",
    ),
    (
        _ways("My appointment is on {}.|I have an appointment on {}.|I've got an appointment on {}|On {} I have an appointment.|The date of my appointment is {}.|I made an appointment for {}.|My appointment was moved to {}.|They gave me an appointment on {}.|I must not miss my appointment on {}.|My next appointment is on {}.|My appointment at the dentist is on {}.|I called the clinic and got an appointment on {}.|{} is the date of my appointment.|I'm nervous about my appointment on {}.|Write it down: my appointment is on {}.|Please keep in mind my appointment on {}."),
        _ways("When is my appointment?|On what date is my appointment?|What is the date of my appointment?|On which day is my appointment?|When do I have an appointment?|What day is my appointment?|Do you remember when my appointment is?|Do you know the date of my appointment?|Can you tell me when my appointment is?|Tell me the date of my appointment.|When did I say my appointment is?|Remind me when my appointment is.|I told you about my appointment. When is it?|For what date did I make an appointment?|Which date is my appointment on?|when is my appointment"),
        "Your appointment is on {}.", "date",
    ),
    (
        _ways("I paid {}.|I paid {} for it.|I paid {} at the shop.|I had to pay {}.|I have paid {} for the repair.|The price I paid was {}.|In the end I paid {}.|They made me pay {}.|I just paid {} for lunch.|It was expensive, I paid {}.|It was cheap, I only paid {}.|{} is what I paid.|{} was the price I paid.|At the market I paid {}.|What I paid was {}.|You won't believe it, I paid {}!"),
        _ways("How much did I pay?|What did I pay?|What price did I pay?|Which price did I pay?|What was the price I paid?|How much money did I pay?|Do you remember how much I paid?|Do you know what I paid?|Can you tell me how much I paid?|Tell me how much I paid.|How much did I say I paid?|Remind me what I paid.|I told you how much I paid. How much was it?|What amount did I pay?|How much was it that I paid?|how much did i pay"),
        "You paid {}.", "amount",
    ),
    (
        _ways("I owe my uncle {}.|I owe {} to a friend.|I still owe {}.|I have to pay back {} that I owe.|I borrowed money and owe {} now.|My debt is {}.|My debts come to {}.|I have a debt of {}.|The bank says that I owe {}.|I am ashamed that I owe {}.|{} is what I owe.|{} is the size of my debt.|What I owe is {}.|The money I owe is {}.|I'm in debt, I owe {}.|I lost a bet and owe {}."),
        _ways("How much do I owe?|What do I owe?|How big is my debt?|How much is my debt?|What amount do I owe?|How much money do I owe?|Do you remember how much I owe?|Do you know what I owe?|Can you tell me how much I owe?|Tell me how much I owe.|How much did I say I owe?|Remind me how much I owe.|I told you how much I owe. How much is it?|What is my debt?|How large is the debt that I have?|how much do i owe"),
        "You owe {}.", "amount",
    ),
    (
        _ways("I have {} children.|I've got {} children|I am a parent of {} children.|We have {} children at home.|My partner and I have {} children.|The number of my children is {}.|I have {} kids.|I'm a proud parent of {} kids.|I am tired, I have {} children.|It is loud here because I have {} children.|I am raising {} children.|With {} children I have no free time.|I always wanted a family, and now I have {} children.|Yes, I have children, {} of them.|I take care of my {} children.|I cook for my {} children every day."),
        _ways("How many children do I have?|How many kids do I have?|What is the number of my children?|Do you remember how many children I have?|Do you know how many kids I have?|Can you tell me how many children I have?|Tell me how many children I have.|How many children did I say I have?|Remind me how many children I have.|I told you about my children. How many do I have?|Of how many children am I a parent?|How many children am I raising?|What number of children do I have?|how many children do i have"),
        "You have {} children.", "int",
    ),
    (
        _ways("I get up at {}.|I wake up at {}.|I get up at {} every day.|Every morning I get up at {}.|My alarm rings and I get up at {}.|I have to get up at {}.|At {} I get up.|I usually wake up at {}.|Even on Sundays I get up at {}.|Because of work I get up at {}.|I'm always tired since I get up at {}.|My day starts when I get up at {}.|The time I get up is {}.|{} is when I get up."),
        _ways("When do I get up?|At what time do I get up?|What time do I get up?|When do I wake up?|What time do I wake up?|Do you remember when I get up?|Do you know what time I get up?|Can you tell me when I get up?|Tell me when I wake up.|When did I say I get up?|Remind me when I get up.|I told you when I get up. When is it?|When do I leave my bed?|when do i get up"),
        "You get up at {}.", "clock",
    ),
    (
        _ways("I am having lunch with {}.|I'm having lunch with {} today.|I will have lunch with {}.|I am meeting {} for lunch.|At noon I'm having lunch with {}.|{} and I are having lunch.|{} invited me to lunch.|I invited {} to lunch.|Today I have lunch with {}.|I look forward to lunch with {}.|My lunch today is with {}.|I promised to have lunch with {}.|I can't talk long, I have lunch with {}.|We go to lunch together, {} and I."),
        _ways("Who am I having lunch with?|With whom am I having lunch?|Who am I meeting for lunch?|Who will I have lunch with?|Who do I have lunch with?|Do you remember who I am having lunch with?|Do you know who I'm meeting for lunch?|Can you tell me who I have lunch with?|Tell me who I am having lunch with.|Who did I say I am having lunch with?|Remind me who I'm having lunch with.|I told you about my lunch. Who is it with?|Who goes to lunch with me?|who am i having lunch with"),
        "You are having lunch with {}.", "name",
    ),
    (
        _ways("I parked in spot {}.|I parked my car in spot {}.|I left my car in parking spot {}.|My car is parked in spot {}.|I have parked in spot {} of the garage.|The spot where I parked is {}.|{} is the spot where I parked.|My parking spot is {}, the car is there.|I found a free spot and parked in {}.|Today I parked in spot {}.|Remember for me that I parked in spot {}.|In the garage I parked in spot {}."),
        _ways("Where did I park?|Where did I park my car?|In which spot did I park?|Which spot did I park in?|Where is my car parked?|Do you remember where I parked?|Do you know in which spot I parked?|Can you tell me where I parked?|Tell me where I parked.|Where did I say I parked?|Remind me where I parked.|I told you where I parked. Where was it?|What spot did I leave my car in?|where did i park"),
        "You parked in spot {}.", "code",
    ),
)  # fmt: skip
_PEOPLE = _ways(
    "dog|cat|sister|brother|mother|father|wife|husband|boss|teacher|doctor|son|daughter|manager|neighbor|best friend|cousin|landlord|aunt|uncle|grandmother|grandfather|nephew|niece|roommate|colleague|coach|trainer|dentist|lawyer|partner|girlfriend|boyfriend|fiance|mentor|tutor|assistant|babysitter|barber|hairdresser|gardener|plumber|accountant|mechanic|tenant|stepmother|stepfather|stepsister|stepbrother|godmother|godfather|twin sister|twin brother|mother-in-law|father-in-law|brother-in-law|sister-in-law|grandson|granddaughter|piano teacher|math teacher|language teacher|driving instructor|team leader|secretary|intern|apprentice|classmate|pen friend|business partner|flatmate|baby|horse|parrot|rabbit|hamster|goldfish|puppy|kitten|turtle|pony|canary|goat|first love|old friend|professor|nurse|priest|vet|cleaner|cook|driver|agent|editor|favorite singer|favorite actor|favorite writer|favorite teacher|student"
)  # fmt: skip
PEOPLE = frozenset(_PEOPLE)
#: what has a name, a number, a code or a value
OWNED = _PEOPLE + _ways(
    "favorite color|favourite food|favorite city|email|phone number|favorite number|password|code word|favorite book|car|street|school|team|lucky number|order number|room number|bike|project|company|locker code|flight number|nickname|favorite animal|hobby|home town|deadline|budget|account number|favorite drink|favorite movie|hotel|seat|shoe size|favorite song|favorite game|favorite sport|favorite season|favorite flower|favorite band|favorite dish|favorite fruit|favorite country|favorite word|favorite place|favorite shop|favorite restaurant|favorite show|favorite toy|favorite subject|favorite month|favorite dessert|dream job|dream car|dream city|middle name|last name|maiden name|family name|user name|stage name|pen name|login|PIN|door code|gate code|bank|bank code|customer number|ticket number|booking number|reference number|passport number|license plate|insurance number|tax number|student number|employee number|membership number|invoice number|tracking number|serial number|house number|apartment number|zip code|table number|gate|platform|train number|bus line|seat number|computer password|safe code|bike lock code|secret code|secret word|safe word|magic word|website|server name|domain|file name|folder|blog|channel|screen name|boat|truck|motorcycle|laptop|phone|tablet|camera|guitar|piano|university|college|gym|club|band|choir|church|village|country|district|office|department|floor|building|hospital|clinic|pharmacy|bakery|supermarket|airline|star sign|blood type|height|weight|hat size|ring size|dress size|salary|rent|savings|high score|target|goal|record|rank|level|score|grade|motto|wish|dream|secret|topic|theme|essay title|first word|first car|next stop|plan|diet|eye color|hair color|badge number|case number|contract number|extension"
)  # fmt: skip
TELL_OWNED = _ways(
    "My {a} is {v}.|Remember that my {a} is {v}.|Please remember: my {a} is {v}.|My {a} is {v}, don't forget it.|Note that my {a} is {v}.|I want you to know that my {a} is {v}.|my {a} is {v}|By the way, my {a} is {v}.|Keep in mind that my {a} is {v}.|For later: my {a} is {v}.|Just so you know, my {a} is {v}.|{v} is my {a}.|{v} is my {a}, remember that.|{v} is my {a}, in case you need it.|{v}, that is my {a}.|For my {a} I have {v}.|As my {a} I chose {v}.|As for my {a}, it is {v}.|Don't forget that my {a} is {v}.|Don't forget my {a}: {v}.|Never forget that my {a} is {v}.|Write it down: my {a} is {v}.|Write down that my {a} is {v}.|Write this down, {v} is my {a}.|Please note my {a}: {v}.|Please note down that {v} is my {a}.|Make a note that my {a} is {v}.|Please keep in mind that {v} is my {a}.|Please store my {a}, which is {v}.|Save my {a} for me, it's {v}.|Let me tell you my {a}: {v}.|Let me tell you that my {a} is {v}.|I'll tell you my {a}, it is {v}.|I should tell you that my {a} is {v}.|"
    "I should mention that my {a} is {v}.|I have to tell you that my {a} is {v}.|I would like you to remember that my {a} is {v}.|I need you to remember my {a}, which is {v}.|I always forget it, but my {a} is {v}.|I might forget that my {a} is {v}, so remember it for me.|Since you may need it, my {a} is {v}.|Because I tend to forget, here is my {a}: {v}.|In case I forget, my {a} is {v}.|In case you wonder, my {a} is {v}.|If I ask you later, my {a} is {v}.|If anyone asks, my {a} is {v}.|When I ask for my {a}, say {v}.|Before I forget, my {a} is {v}.|Here's a fact about me: my {a} is {v}.|Something about me: my {a} is {v}.|It is important that my {a} is {v}.|You must know that {v} is my {a}.|Did you know that my {a} is {v}?|Did I tell you that my {a} is {v}?|My {a}, as you should know, is {v}.|My {a} has been {v} for years.|My {a} is now {v}.|Since yesterday my {a} is {v}.|I can tell you now that my {a} is {v}.|It's a nice day. My {a} is {v}.|I have a good memory, but you remember it: my {a} is {v}.|I had a long day. By the way, my {a} is {v}.|I was thinking about my {a} today. It is {v}.|People often ask about my {a}. It's {v}.|Let us talk about my {a}. It is {v}.|We were talking about my {a}, which is {v}.|ok so my {a} is {v}|btw my {a} is {v}|fyi my {a} is {v}|remember my {a}: {v}|My {a}: {v}|Okay, my {a} is {v}, got it?"
)  # fmt: skip
TELL_CALLED = _ways(
    "My {a} is called {v}.|My {a}'s name is {v}.|The name of my {a} is {v}.|I have a {a} named {v}.|My {a} has the name {v}.|I have a {a}, {v}.|I have a {a} called {v}.|I have a {a} whose name is {v}.|I have a {a} and the name is {v}.|I call my {a} {v}.|We call my {a} {v}.|Everyone calls my {a} {v}.|My {a} goes by {v}.|My {a} goes by the name of {v}.|My {a} is named {v}.|My {a}, {v}, is very dear to me.|My {a} {v} is here with me.|{v} is my {a}.|{v} is the name of my {a}.|{v} is what I call my {a}.|{v}, my {a}, says hello.|Let me tell you about my {a}, {v}.|Let me tell you about {v}, my {a}.|I want to tell you about my {a}, who is called {v}.|You should know that my {a} is called {v}.|Remember that my {a} is called {v}.|Don't forget that my {a}'s name is {v}.|Write down the name of my {a}: {v}.|Please remember the name of my {a}, {v}.|By the way, my {a} is called {v}.|Did I mention that my {a} is called {v}?|Today I talked about {v}, my {a}.|I spent the weekend with my {a}, {v}.|I miss my {a}. The name is {v}.|I was out with {v}, who is my {a}.|I gave a present to {v}, my {a}.|It was a good day. I saw my {a}, {v}.|I am thinking of {v}, my {a}.|As you may know, my {a}'s name is {v}.|I like my {a}, {v}."
)  # fmt: skip
ASK_OWNED = _ways(
    "What is my {a}?|What's my {a}?|Do you remember my {a}?|Tell me my {a}.|Which {a} do I have?|What did I say my {a} was?|Can you tell me what my {a} is?|What was my {a}?|Please repeat my {a}.|And my {a}?|Do you know my {a}?|What about my {a}?|So what is my {a}?|And what is my {a}?|Now, what is my {a}?|What was my {a} again?|What is my {a} again?|Remind me of my {a}.|Remind me, what is my {a}?|Please remind me what my {a} is.|Could you remind me of my {a}?|Could you tell me my {a}?|Could you repeat my {a}?|Could you say what my {a} is?|Would you tell me my {a}?|Would you repeat my {a}, please?|Will you tell me what my {a} is?|Can you repeat my {a}?|Can you recall my {a}?|Can you remember my {a}?|Do you recall my {a}?|Do you still know my {a}?|Do you still remember what my {a} is?|Do you remember what I said about my {a}?|Do you know what my {a} is?|"
    "What did I say about my {a}?|What did I tell you my {a} was?|What have I told you about my {a}?|What did you note as my {a}?|I told you about my {a}, what was it?|I told you my {a}. What is it?|I mentioned my {a}. What was it?|I gave you my {a} earlier. Which one is it?|I can't remember my {a}. What was it?|I am so forgetful. What's my {a}?|I need my {a} now, what is it?|I need my {a}.|I want to know my {a}.|I would like to know what my {a} is.|I wonder if you remember my {a}.|I asked you to remember my {a}. What is it?|Someone asked me for my {a}. What is it?|They are asking for my {a}, what should I say?|You know my {a}. What is it?|You noted my {a}, so what is it?|Have you forgotten my {a}?|Did you forget my {a}?|A test: what is my {a}?|Let's see if you remember my {a}.|Quick question: what is my {a}?|One more thing, what is my {a}?|Back to my {a}: what was it?|If I asked you for my {a}, what would you say?|Say my {a}.|Give me my {a}.|Please give me my {a}.|Please tell me my {a}.|Please tell me what my {a} is.|Name my {a}.|Repeat my {a}.|My {a}?|My {a} is what?|My {a} was what again?|whats my {a}|what is my {a}|my {a}?"
)  # fmt: skip
ASK_CALLED = _ways(
    "What is my {a} called?|What is the name of my {a}?|What's my {a}'s name?|How is my {a} called?|What is my {a}'s name?|Do you remember the name of my {a}?|Tell me the name of my {a}.|What was the name of my {a}?|What was my {a} called again?|What was my {a}'s name?|What is my {a} named?|What do I call my {a}?|What name does my {a} have?|Which name does my {a} have?|What name did I give for my {a}?|What did I say my {a} is called?|What did I say the name of my {a} was?|What did I tell you about the name of my {a}?|Do you know the name of my {a}?|Do you know what my {a} is called?|Do you remember what my {a} is called?|Do you recall my {a}'s name?|Can you tell me the name of my {a}?|Can you tell me what my {a} is called?|Can you say my {a}'s name?|Could you repeat the name of my {a}?|Could you tell me my {a}'s name?|Please tell me what my {a} is called.|Please repeat my {a}'s name.|Remind me of my {a}'s name.|Remind me what my {a} is called.|Say the name of my {a}.|And what is my {a} called?|And the name of my {a}?|I told you about my {a}. What is the name?|I told you the name of my {a}, what was it?|I mentioned my {a}. What's the name again?|I wonder if you know my {a}'s name.|Let's see if you know the name of my {a}.|By what name does my {a} go?|Have you forgotten the name of my {a}?|whats the name of my {a}|what is my {a} called"
)  # fmt: skip
#: of persons and animals only
ASK_WHO = _ways(
    "Who is my {a}?|Who's my {a}?|Who was my {a} again?|And who is my {a}?|Do you know who my {a} is?|Do you remember who my {a} is?|Can you tell me who my {a} is?|Tell me who my {a} is.|Who did I say is my {a}?|Remind me who my {a} is."
)  # fmt: skip
AGAIN = _ways("I mean:|In other words:|Once more, please:|I ask again:|Or simply said:")
NOTED = "Noted."
NOT_TOLD = "You have not told me."
STARTS = tuple(answer.split("{}")[0] for _, _, answer, _ in FACTS)


def memory(w: Words) -> list[Message]:
    """One to three facts about the user, other talk in between, then questions, some about what was never said."""
    told: list[tuple[str, str]] = []
    messages: list[Message] = []
    for _ in range(w.pick((1, 1, 1, 2, 2, 3))):
        tell, ask, answer, ack = _fact(w)
        if _subject(answer) in {_subject(a) for _, a in told}:
            continue
        told.append((ask, answer))
        messages += [user(tell), assistant(ack)]
        if len(told) == 1 and w.chance(0.12):
            tell2, ask2, answer2, _ = _fact(w)
            if _subject(answer2) != _subject(answer):
                messages[-2] = user(f"{tell} {upper_first(tell2)}")
                told.append((ask2, answer2))
    for _ in range(w.pick((0, 0, 1, 1, 2, 3))):
        messages += between(w)
    w.rng.shuffle(told)
    for ask, answer in told[: w.pick((1, 1, 2, 3))]:
        messages += [user(rough(w, ask)), assistant(answer)]
        if w.chance(0.12):
            messages += between(w)
    if w.chance(0.12):
        _, ask, answer, _ = _fact(w)
        if _subject(answer) not in {_subject(a) for _, a in told}:
            messages += [user(ask), assistant(NOT_TOLD)]
    return messages


def _subject(answer: str) -> str:
    """What an answer is about: its text before the value. No two of one subject are told in one conversation."""
    begun = [start for start in STARTS if answer.startswith(start)]
    return max(begun, key=len) if begun else answer.split(" is ")[0]


def _fact(w: Words) -> tuple[str, str, str, str]:
    """What is told, the question, its answer, and what is said on hearing it."""
    kind = w.rng.random()
    if kind < 0.4:
        name = w.person()
        ask = w.pick(ASK_NAME) if w.chance(0.85) else f"{w.pick(ASK_NAME)} {w.pick(AGAIN)} {w.pick(ASK_NAME)}"
        return w.pick(TELL_NAME).format(name), ask, f"Your name is {name}.", f"Nice to meet you, {name}!"
    if kind < 0.65:
        tells, asks, answer, value_kind = w.pick(FACTS)
        value = w.pick(ANIMALS) if value_kind == "animal" else str(w.kind(value_kind))
        return w.pick(tells).format(value), w.pick(asks), answer.format(value), NOTED
    owned = w.pick(OWNED) if w.chance(0.6) else w.thing()
    value = str(w.kind(w.pick(("name", "name", "word", "color", "thing", "code", "int", "city", "state"))))
    if owned in PEOPLE or w.chance(0.15):
        value = w.name()
        return (
            w.pick(TELL_CALLED + TELL_OWNED[:2]).format(a=owned, v=value),
            w.pick(ASK_CALLED + ASK_WHO if owned in PEOPLE else ASK_CALLED).format(a=owned),
            f"Your {owned} is {value}.",
            NOTED,
        )
    return (
        w.pick(TELL_OWNED).format(a=owned, v=value),
        w.pick(ASK_OWNED).format(a=owned),
        f"Your {owned} is {value}.",
        NOTED,
    )


def between(w: Words) -> list[Message]:
    return w.pick((greet, greet, identity, refuse, one_sum, sentiment))(w)
