"""Still more ways to ask for the known tools: stories, hints, remarks, orders in odd places of the sentence."""

from __future__ import annotations

FURTHER_ASKS: dict[str, tuple[str, ...]] = {
    "get_weather": (
        "{a} is where we'll be walking the dog, so boots or sandals?", "The match in {a} kicks off soon and the pitch may be soaked, is it?", "Who could tell me whether {a} is under clouds?",
        "find out how things look outdoors in {a}", "My laundry hangs on a balcony in {a}. Should I worry?", "If it's dry in {a}, I'll take the bike, so is it?", "Drizzle, hail, blue sky: which of them has {a} got?", "\"Lovely and mild in {a}\", my aunt writes. Can that be right?",
        "Curious about the thermometer in {a}", "I've just got off the bus in {a} with wet hair. Has it been raining all over town?", "When people in {a} look out of the window, what do they see?", "report on wind and temperature over at {a}", "Please have the weather checked, the place is {a}",
        "Still so muggy in {a}?", "Our film crew stands ready in {a} and needs to know about the light and the clouds", "Do the people of {a} need gloves at present?", "Weather-wise, what's up in {a}?",
    ),
    "get_forecast": (
        "{b} is the big day and {a} is the place, will it stay dry?", "The garden party can be moved indoors if {a} gets wet {b}. Will it?", "FORECAST / place: {a} / date: {b}", "Should the sailors leave {a} if they want calm weather {b}?",
        "let me have the meteorologists' view on {a} for {b}", "Tents or hotel? That depends on what {a} is going to be like {b}", "Who knows whether {a} will have frost {b}?", "We paint the fence {b}, and paint hates rain. The house is in {a}.",
        "What do the weather people promise {a} for {b}?", "{a} awaits us, and {b} we climb the mountain. What will the skies do?", "dig out the prognosis for {b}, the town being {a}", "Temperatures to come: {a}, {b}", "If {a} is to be stormy {b}, I'd rather stay home, so check ahead",
        "\"No rain {b}\", said the farmer in {a}. Does the forecast agree?", "Is a heat wave on its way to {a} for {b}?", "Looking towards {b}: clouds or sun above {a}?", "Could the forecast for the {a} area be fetched? I mean the one for {b}", "The harvest near {a} is set for {b}, so we depend on what weather is expected",
    ),
    "get_time": (
        "{a} is hours ahead of us, or is it behind? Give me its time", "My watch stopped the moment I arrived in {a}", "WORLD CLOCK - {a}", "Have the shops in {a} closed yet? I need the hour there", "Who knows how late they have it in {a}?",
        "fetch the clock time for {a}", "I set my laptop to the wrong zone. The right one is {a}, so what should it say?", "\"Call me at noon {a} time\", she wrote. What's it now over there?", "If the sun is already down in {a}, I'd better not ring. What's the hour?",
        "Would it be rude to phone {a} at this hour?", "A quick look at the clock on the town hall of {a}, please", "Day or night, {a}?", "The stream starts by the clock of {a}, which now shows what?", "check the clocks over in {a}", "What's the present hour where my cousin lives, namely {a}?",
        "Jet lag got me. Just landed in {a}, no idea of the time", "Hours and minutes for {a} would help", "Which time applies in {a} as we speak?",
    ),
    "search_web": (
        "{a} keeps coming up in conversation and I know nothing of it, so try the internet", "Wikipedia, blogs, forums, I don't care where: {a}", "Who on the internet has written on {a}?", "Could a search engine be asked about {a}?", "gather what the internet offers on the matter of {a}",
        "Never heard of {a}. Does the web have an answer?", "If the net has anything to offer on {a}, I want the links", "My essay deals with {a} and I still lack sources from the web", "\"Just look it up online\", they told me when I asked about {a}",
        "surf the web and come back with results on {a}", "Type this into the search box: {a}", "When I enter {a} in a search engine, what do I get?", "The library had no book on {a}, so it has to be the internet", "Let's see which sites deal with {a}", "Look around online, would you? The topic is {a}",
        "Keywords for the search engine = {a}", "track down online articles on {a}",
    ),
    "send_email": (
        "{a} hasn't heard from me yet. Mail them, subject {b}", "The subject is {b}, the addressee {a}, now off with the mail", "EMAIL / to: {a} / re: {b}", "Could {a} be sent a mail under the heading {b}?", "Is there a mail on its way to {a}? If not, send one about {b}",
        "fire off an email headed \"{b}\" in the direction of {a}", "We spoke about {b} at lunch, and {a} asked for it by email", "\"{b}\" goes in the subject line, {a} in the address field, then press send", "My lawyer can be reached at {a} and must get a mail concerning {b}",
        "inform {a} by email, and as its title use {b}", "If it isn't too late, I'd like a mail about {b} to reach {a}", "An electronic letter, please. Its title: {b}. Its reader: {a}", "Who writes to {a}? You do, with {b} as the subject", "Outbox: one email with the title {b}, destined for {a}",
        "{b}, that's what the mail to {a} has to be called", "start an email, make {a} the receiver, set the subject line to {b} and send it off", "Don't phone, use email: {a} wants something in writing on {b}", "I met the owner of {a} at a fair and offered to mail something on {b}",
    ),
    "send_message": (
        "{a} should get these words from me: {b}", "MESSAGE / to: {a} / text: {b}", "My hands are full of dough. Type this to {a}: {b}", "Who tells {a} that {b}? You, by text please", "Does {a} know that {b}? Better send a line", "\"{b}\", I want that to appear on the phone of {a}",
        "drop a text on the phone of {a} reading \"{b}\"", "{a} worries a lot, so a message would be kind: {b}", "The words are \"{b}\" and the reader is {a}, send them", "notify {a} that {b}", "Can you get word to {a} that {b}?", "I can't talk in here, but {a} ought to learn that {b}",
        "A text from me to {a} is overdue. It goes: {b}", "Chat with {a}, new line: {b}", "leave {a} a message, something like \"{b}\"", "If {a} is online, write this: {b}", "Since {a} never picks up, try texting. Content: {b}", "forward these words to {a}: {b}",
    ),
    "call_contact": (
        "{a} asked for a call, and now would be a good time", "My thumbs hurt from texting. I'd rather speak with {a}", "VOICE CALL, callee {a}", "Who's free for a chat? {a} maybe, try the number", "Would {a} pick up if we rang?", "have {a} phoned for me", "This can't be said in writing. Get me connected with {a}",
        "\"Ring me any time\", said {a}. Well, now it is", "The number of {a} should be in my contacts, let it ring", "hook me up by phone with {a}", "If {a} is home, I want a word over the telephone", "Please pick up the receiver for me and dial up {a}", "Telephone {a} at once, it's urgent",
        "I missed two calls, both of {a}, so do the polite thing", "A talk with {a} is what I need, phone to my ear", "speed-dial {a}", "Grandma is in hospital! {a} must be called straight away", "Line to {a}, open it",
    ),
    "play_music": (
        "{a} is the tune we danced to at our wedding. Let it sound again", "It's far too quiet in here. {a} would change that", "NOW PLAYING: {a}", "Who doesn't love {a}? Crank it", "Does your music library have {a}? Then off we go", "get {a} going on the stereo", "Headphones are on, now for {a}",
        "If you have {a} among the songs, start it", "\"{a}\" was number one when I was at school, I'd give a lot to hear it", "Cooking is dull without music. The song tonight is {a}", "pump out {a} through the loudspeakers", "Could {a} be played next?", "The choir rehearses {a}, so let us hear the recording",
        "Sing along time! Title: {a}", "My baby only falls asleep to {a}, be quick", "What about {a} as background music?", "A bit of {a} for my ears",
    ),
    "book_hotel": (
        "{a} is our next stop, {b} nights, and we can't sleep in the car", "The trade fair lasts, so that's {b} nights under a roof in {a}", "HOTEL / city: {a} / nights: {b}", "Who has a free double room in {a}? We'd stay {b} nights", "Do hotels in {a} still take guests for {b} nights?",
        "check me into some hotel in {a} and keep the room for {b} nights", "My tent leaks. For the remaining {b} nights in {a} I want a proper bed", "Number of nights: {b}. Town: {a}. Room: any, just book it", "Could a room be reserved in {a}? Length of stay {b} nights", "lodge us in {a} over {b} nights",
        "If a hotel in {a} has space for {b} nights, take it", "\"Come to {a} for {b} nights\", my friend said, but the sofa is taken, so a hotel it is", "{b} nights is how long I'm on business in {a}, hotel required", "I shall need lodging: {a}, for {b} nights",
        "fix up a hotel for our trip to {a}, {b} overnight stays", "Breakfast included, {b} nights, somewhere central in {a}, book that hotel", "The band plays in {a} and sleeps there {b} nights, get rooms", "Room wanted! {a}! {b} nights!",
    ),
    "book_flight": (
        "{b} is calling, and from {a} it's too far to drive, so I'd fly", "AIR TRAVEL: departs {a}, lands {b}", "Which airline takes me to {b}? I board in {a}", "Do any planes leave {a} bound for {b}?", "My suitcase is packed. {a} airport first, then up and away to {b}", "seat me on a flight that connects {a} with {b}",
        "If there's a plane out of {a}, I could be in {b} for dinner", "Could flights be looked up with takeoff in {a} and landing in {b}?", "I hate trains, so {a} to {b} has to be done in the air", "\"See you in {b}\", I told her, sitting in {a} without a ticket for the plane", "The orchestra takes off in {a} and lands in {b}, tickets please",
        "hunt for air fares, {a} out, {b} in", "One way, window seat, {a} then {b}", "How about flying? We're in {a}, grandma is in {b}", "Boarding in {a}, getting off the plane in {b}, what's on offer?", "ticket me through by air to {b}, point of departure {a}",
        "After the meeting in {a} I need wings to get to {b}", "From {a} I want to go by jet, and {b} is the goal",
    ),
    "translate_text": (
        "{a} is all I want to say, only it must be {b}", "TRANSLATE / text: {a} / language: {b}", "Who speaks {b}? I need to know how {a} goes", "Do they have a term for {a} in {b}?", "The waiter understands nothing but {b}, and I'd like to point out \"{a}\"", "convert the expression {a} into proper {b}",
        "My dictionary has no entry for {a}. The other language would be {b}", "If I were {b}, what would I say instead of {a}?", "Could \"{a}\" be given in {b}?", "The label says \"{a}\" and our customers read only {b}", "turn the words {a} into good {b}", "Language: {b}. Word: {a}. Your turn",
        "\"{a}\", how does that sound in {b}?", "On a postcard in {b}, what do I put for {a}?", "I married into a family that speaks {b}, and today I need {a}", "Crossword in {b}, the clue means {a}", "supply the {b} expression for {a}", "Let's hear {a} the {b} way",
    ),
    "get_stock_price": (
        "{a} is in my portfolio and I daren't look, you do it", "Who can quote me {a}?", "Do {a} shares cost more than yesterday?", "At the closing bell, where was {a}?", "fetch me what investors pay for {a}", "Should I buy or wait? Tell me first what {a} costs on the market",
        "If {a} has dropped, I'll get in, so what's a share going for?", "\"Put everything in {a}\", says the barber. What's the quote?", "My pension hangs on {a}, let's have its latest price", "One share of the firm listed as {a} is worth what?", "pull the market data on ticker symbol {a}",
        "Exchange listing {a}, last price", "How expensive has {a} become on the stock exchange?", "Could the quotation for {a} be looked up?", "The traders are shouting about {a}. What is it being sold at?", "Bulls or bears for {a} today? The share price, please", "I bought in early, symbol {a}. Am I rich yet?",
    ),
    "open_file": (
        "{a} is where I keep it, look in there", "FILE VIEWER >> {a}", "Who wrote {a}? The text will tell", "Does {a} contain anything useful?", "The instructions are stored under {a}. Let's have them on the screen", "cat {a}", "print the text inside {a}", "If {a} exists, read it out to me",
        "Could {a} be opened?", "I can't recall the settings. They are all in {a}", "\"See {a}\", says the manual, so let's see", "What have we got in {a}?", "Contents of {a}, from top to bottom", "My editor crashed, but {a} was saved. Show it again",
        "On disk there's {a}, I'd like a peek", "inspect {a}", "Start with {a}, I want to know what's been written there",
    ),
    "delete_file": (
        "{a} is just taking up space", "FOR THE SHREDDER: {a}", "Who needs {a}? Nobody. Out with it", "Does {a} still lie around? Get it off the drive", "unlink {a}", "My secret diary is in {a} and my brother is snooping, so make it vanish", "Could {a} be removed?", "If {a} is still on the disk, wipe it out",
        "\"Clean up after yourself\", they said, and {a} was mine", "Spring cleaning: {a} first", "Away with {a}", "The backup is safe, thus the original in {a} may be erased", "clean {a} out of the folder", "For reasons of privacy {a} must not stay on this machine", "Into the recycle bin with {a}",
        "I never want to see {a} again", "After the test run, {a} is left over, please delete", "send {a} to the bin",
    ),
    "add_note": (
        "{a} - that has to go in my notes before I forget", "NOTE TO KEEP: {a}", "Who has paper? I need to note {a}", "Could {a} be added to my notes?", "My head is full, so hold on to this in a note: {a}", "memorise it as a note: {a}", "The plumber said something about {a}. Keep it among my notes",
        "\"{a}\" is worth a note", "If my notes don't have it yet, add it: {a}", "In the notebook, please, under today: {a}", "put down a note with these words: {a}", "Pencil and paper! {a}. Got it noted?", "I had this in a dream and want it written down: {a}", "Memo: {a}",
        "Post-it on the fridge, text as follows: {a}", "type up {a} as a note", "Notes app, new page: {a}", "For later reading, stash this in a note: {a}",
    ),
    "set_reminder": (
        "{a} is on me, and {b} is the deadline, so make a noise", "REMINDER / what: {a} / when: {b}", "Who will remember {a}? Not I. Remind me {b}", "Could a reminder go off {b}? About {a}", "My mind is a mess this week. {b} somebody must remind me of {a}", "prompt me {b}: {a}", "If it's {b} and I look idle, bring up {a}",
        "{b} I will surely have forgotten about {a}, so jog my memory", "\"{a}\", that's what the reminder says, and it's for {b}", "The knot in my handkerchief stands for {a}, due {b}", "alert me {b} because of {a}", "I'd forget my own head. {a}, {b}, remind me", "Not now but {b}: remind me about {a}",
        "Please be my memory {b}, the matter is {a}", "Have a reminder ready for {b}, the subject being {a}", "tap me on the shoulder {b} and say \"{a}\"", "There's {a} to take care of {b} and I rely on a reminder", "A little reminder of {a} would save me, {b} is when I need it",
    ),
    "set_alarm": (
        "{a} is when I have to open my eyes", "WAKE ME! {a}!", "Who will wake me? You, at {a}", "Could I be roused at {a}?", "The ferry won't wait. I must be up by {a}", "buzz me awake at {a}", "If I'm still snoring at {a}, let the alarm clock do its worst", "My rooster died, so somebody else must crow at {a}",
        "\"Be up at {a}\", the coach told us", "The alarm clock should go off at {a}", "Sleep ends at {a}", "have an alarm sound at {a}", "I'm going to bed now and want the bell to go at {a}", "Is there an alarm for {a}? There ought to be", "New alarm, hour: {a}", "{a}, not a minute later, I want to be out of bed",
        "activate the alarm for {a}", "Good night! Wake-up is at {a}",
    ),
    "set_timer": (
        "{a} minutes is how long the cake stays in the oven, so tell me when it's done", "T MINUS {a} MINUTES, GO", "Who watches the clock? {a} minutes from now I must stop", "clock {a} minutes and then beep", "I may rest my eyes, but for {a} minutes only. Count them",
        "If {a} minutes go by, sound the bell", "My rice burns every time. It needs {a} minutes, so count for me", "\"{a} minutes, then turn it over\", says the recipe", "The exam part takes {a} minutes and starts now", "run a stopwatch down from {a} minutes", "Soft-boiled means {a} minutes, use the egg timer",
        "In {a} minutes I want to hear a ding", "Give the hair dye {a} minutes and warn me", "Each speaker has {a} minutes, please keep track", "let {a} minutes tick down", "Pomodoro of {a} minutes, begin",
    ),
    "create_event": (
        "{a} takes place {b}, so my calendar should know", "EVENT / title: {a} / date: {b}", "Who's coming? Anyway, {a} is {b}, so into the calendar with it", "Is {b} still free? Then enter {a} there", "Could \"{a}\" be placed in my agenda for {b}?", "The club decided: {a}, to be held {b}. My planner needs an entry",
        "register {a} as an appointment for {b}", "If nothing else is on {b}, make that the day of {a} in my calendar", "\"{a}\", {b}, don't plan anything else, calendar please", "My agenda for {b} gets one more entry: {a}", "add a calendar item, name {a}, day {b}", "{b} we celebrate, and the calendar should call it {a}",
        "Appointment! {b}! {a}!", "The dentist's office rang with a date, {b}. List it as {a}", "reserve {b} in my schedule, the occasion is {a}", "When is {a}? It's {b}, so note that in the calendar", "Under {b}, my diary ought to read {a}", "The invitation for {a} has come. {b} goes in the calendar",
    ),
    "find_user": (
        "{a} says there's a problem with the login. Which user is it?", "ACCOUNT HOLDER WANTED: {a}", "Who signed up as {a}?", "Does the database hold anyone called {a}?", "dig up the record of our customer {a}", "I'm at the service desk with {a}. Let me have the account on my screen", "Could the user known as {a} be looked up?", "If {a} is a member, I want the entry",
        "The bill is addressed to {a}, so I need that customer's data", "\"{a}\" is the name on the account we need", "Client file, please: {a}", "go through the user table until you hit {a}", "My last mail came back. What have we stored on the customer {a}?", "Somewhere among our users hides {a}", "Member search, name {a}",
        "Has a certain {a} ever opened an account here?", "I only remember the user's name: {a}", "request the customer entry for {a}",
    ),
    "get_order": (
        "{a} is my order and my doorbell stays silent", "Who has my parcel? The order was {a}", "Do you ship today? I'm asking about order {a}", "The birthday is near and order {a} isn't here. How does it look?", "give me news of my order {a}", "Could the whereabouts of order {a} be checked?",
        "If order {a} is out for delivery, I'll stay at home, so is it?", "\"Your order {a} is being processed\", that was ages ago. And now?", "{a} stands on my receipt. Has the thing been posted?", "trace the package belonging to order {a}", "In which stage is order {a}?", "My new shoes, order no. {a}, where have they got stuck?",
        "I'd be glad to hear how order {a} is coming along", "Delivery of {a}: when?", "A customer is shouting at me because of order {a}. What is its state?", "ask the shop system about order {a}", "Paid, waited, got nothing. It's order {a}",
    ),
    "cancel_order": (
        "{a} was ordered by my toddler. Please reverse that", "CANCEL {a}", "Who ordered {a}? Not me, so stop it", "Could order {a} still be revoked?", "rescind order {a}", "The shoes are the wrong size anyway, order {a} need not come", "If order {a} hasn't left yet, cancel it",
        "\"Too expensive\", said my husband when he saw order {a}, so it must be undone", "Please don't send what I bought under {a}, I'm cancelling", "stop processing order {a}, the customer backed out", "I clicked twice, and the second order, {a}, should be dropped",
        "Nobody will be home to receive {a}, kill the order", "Out of money! Order {a} must not go through", "pull the plug on order {a}", "Regarding {a}: I'd like my money back and no parcel, cancel the order",
    ),
    "calculate": (
        "{a} is too hard for me without paper", "SUM: {a}", "Who's good at arithmetic? {a}", "Does anybody know how much {a} makes?", "get the numerical result for {a}", "My calculator's battery is dead and I'm stuck at {a}", "Could {a} be worked out?", "If I take {a}, where do I end up?", "\"{a}\" was the question in the test, and the right answer would be?",
        "The tiler needs a figure: {a}", "punch {a} into your calculator and tell me the number", "In numbers: {a} is how much?", "For the tax form I have {a}, now make that one figure", "Mental arithmetic isn't my thing. {a}?", "determine {a}", "Let x = {a}. What is x?", "Two people, two answers for {a}. Which number is correct?",
        "I'd be grateful for the exact value of {a}",
    ),
    "convert_currency": (
        "{a} {b} lie on my desk and I wish they were {c}", "CONVERT / amount: {a} / from: {b} / to: {c}", "Who gives me {c} for my {a} {b}, and how many?", "Do {a} {b} make a lot of {c}?", "The taxi driver wants {a} {b}. My purse holds nothing but {c}. How much is that?",
        "translate a price of {a} {b} to {c}", "If the bank takes my {a} {b}, what do I leave with in {c}?", "Could the sum of {a} {b} be stated in {c}?", "\"{a} {b}, take it or leave it\", and I only think in {c}", "{c} is my home currency, the invoice says {a} {b}", "re-express {a} {b} using {c}",
        "Exchange desk: {a} {b} in, {c} out", "In {b} I've got {a}, and in {c} that would be?", "I inherited {a} {b} and live where people pay with {c}", "How big a pile of {c} would {a} {b} get me?", "run {a} {b} through the exchange rate to {c}", "What sum in {c} matches {a} {b}?", "The ring costs {a} {b}, and my budget is in {c}. Help",
    ),
    "turn_on": (
        "{a} wanted, switch to on", "ON: {a}", "Who can get the {a} up and running?", "Does the {a} work? Try switching it on", "I can't reach the button of the {a}. It ought to be running", "start up our {a}", "The {a} has been idle long enough, let it run", "If the {a} is off, change that", "Could someone give the {a} some power?",
        "\"Let there be power\", and by that I mean the {a}", "In five seconds I sit down, and by then the {a} should be going", "Rain is coming in, I want the {a} working", "energise the {a}", "rouse the {a} from standby", "With the {a} on I feel safer", "Status of the {a}: off. Wanted: on", "set the {a} to on", "How do I get the {a} to go? Just switch it on for me",
    ),
    "turn_off": (
        "{a} no longer needed, power it down", "OFF: {a}", "Who left the {a} running? Please switch it off", "Does the {a} have to be on all night? I say no", "The electricity bill was a shock. From now on the {a} stays off", "silence the {a} by switching it off", "Enough of the {a}, make it stop", "If the {a} is on, change that",
        "Could the {a} get some rest? I mean off", "\"Lights out\", and the same goes for the {a}", "I'm already in the car and the {a} is still going at home. Kill it", "There's smoke coming from the {a}, cut it off", "set the {a} to off", "unpower the {a}", "Without the hum of the {a} I could think. Off, please",
        "Status of the {a}: on. Wanted: off", "Let the {a} go quiet and dark", "put the {a} to sleep",
    ),
    "set_temperature": (
        "{a} degrees is what the doctor advises for the {b}", "THERMOSTAT / room: {b} / degrees: {a}", "Who turned down the heating in the {b}? It must go back to {a}", "Does the {b} have to be so cold? {a} degrees, please", "My plants in the {b} thrive at {a} degrees", "see to it that the thermometer in the {b} climbs or falls to {a}",
        "If we have guests in the {b}, {a} degrees would be right", "Could the heating see to it that the {b} reaches {a} degrees?", "\"{a} degrees, no more\", says my wife of the {b}", "I'm shivering in the {b}. What about {a} degrees?", "stabilise the climate at {a} degrees, {b} only", "Target for the {b} is {a} degrees",
        "{a}, that's the number the thermostat of the {b} should show", "The wine in the {b} wants {a} degrees", "fix the climate of the {b} at {a} degrees", "We're sweating here in the {b}! Something like {a} degrees, quickly", "Let's say {a} on the thermostat, for the {b} only", "While I'm away, {a} degrees will do for the {b}",
    ),
    "add_to_cart": (
        "{a} is on my list, {b} times, so into the basket", "CART / product: {a} / quantity: {b}", "Who sells {a}? You do, and I want {b}", "Does your shop have {a}? If so, {b} for my cart", "The shelf at home is bare. {b} of {a} would fill it, so add that", "load my cart with {b} {a}", "If {a} is in stock, I'm taking {b}",
        "Could {b} pieces of {a} be placed in my trolley?", "\"Bring {a}, {b} of them\", my wife wrote, so shop for that", "I had {b} in mind, of the product {a}, for my basket", "My trolley still lacks {a}. Quantity: {b}", "pick {b} {a} for my basket", "Shopping list, first line: {a}, number {b}, put it in the cart",
        "{b}, that's how many of the {a} I'm buying", "Before checkout I want {a} added, {b} in number", "For the school fair we need to buy {a}, count {b}", "include {b} units of {a} in my purchase", "Another product for the cart: {a}. How many? {b}",
    ),
    "get_news": (
        "{a} seems to be on everybody's lips, so what's been reported?", "NEWS / topic: {a}", "Who reported on {a} lately?", "Does any newspaper write of {a}?", "I've been on a boat without radio. What did I miss concerning {a}?", "gather press articles about {a}", "If the papers mention {a}, read it to me", "Could I have a press review on {a}?",
        "\"Have you heard about {a}?\" No, so give me the news", "Front page material on {a}?", "In the media, how is {a} doing?", "My train ride is long and I'd like to read current reports on {a}", "scan today's papers for {a}", "Something must have happened to {a}, the radio won't stop talking about it",
        "The story around {a} goes on. What do journalists say?", "let me hear the latest bulletins on {a}", "Current affairs, keyword {a}",
    ),
    "get_directions": (
        "{b} is the goal, {a} is where the car is parked. Which roads?", "ROUTE / start: {a} / end: {b}", "Who knows the road from {a} over to {b}?", "Does a motorway run from {a} to {b}? How would I drive?", "The moving van leaves {a} and must find {b}, so describe the way", "draw up the itinerary {a} to {b} by road",
        "Could the drive to {b} be mapped for me? I begin at {a}", "\"{b}? Never heard of it\", said the man at the petrol station in {a}. How do I go?", "By bicycle, starting in {a}, how does one reach {b}?", "I have no map. Behind me {a}, ahead of me {b}",
        "take me step by step down the road to {b} with {a} as the start", "Left or right out of {a} for {b}?", "Truck driver here, cargo from {a}, unloading in {b}, best roads?", "calculate how to drive to {b} when one leaves from {a}", "Turn-by-turn guidance, {a} up to {b}", "From our door in {a}, how would one find {b}?", "Satnav: set {a} as start and {b} as destination",
    ),
    "book_table": (
        "{a} has the best food in town, and there are {b} of us", "TABLE / restaurant: {a} / guests: {b}", "Who can squeeze {b} hungry people in at {a}?", "Does {a} have room for {b} tonight? Then reserve", "We won the cup! That's {b} players who want to feast at {a}", "ring up {a} and have {b} seats kept",
        "If {a} isn't full, we'd come with {b} persons", "\"Let's meet at {a}\", they all said, so now we are {b} and have no table", "{b} covers at {a}", "I'm treating the family, {b} heads in all, to a meal at {a}",
        "At {a}, somewhere by the window, for {b}", "Our head count for {a} is {b}, so make the reservation", "My stomach growls and so do those of my friends. A table for {b}, and it must be {a}", "put us down for {b} places at {a}", "Dinner tonight: {a}. Diners: {b}. Please reserve",
    ),
    "search_documents": (
        "{a} must be covered in one of the files I gave you", "DOCUMENT SEARCH: {a}", "Who of our authors writes on {a} in the documents?", "Does any of the uploaded PDFs deal with {a}?", "The contract is somewhere in my uploads. Which clause touches on {a}?", "skim the documents and report on {a}", "If {a} occurs in my files, quote it",
        "Could the archive of documents be searched for {a}?", "\"It's all in the documents\", they said about {a}. Where?", "Page and paragraph, please, from my files: {a}", "I've lost track of my papers. Find the one with {a}", "consult the internal documents on {a}", "Not the web, my own files: {a}",
        "In what I uploaded, is {a} explained anywhere?", "The wiki of our company should have a page on {a}", "extract from my documents all that concerns {a}", "Read my files and tell me what they hold on {a}", "The knowledge base, keyword {a}",
    ),
    "create_task": (
        "{a} has to be done by me, so on the list with it", "BACKLOG ITEM: {a}", "Could {a} become a task of mine?", "My day is full, but this job still needs doing, put it with the tasks: {a}", "append {a} to the to-do list", "If it isn't among my tasks yet, add this: {a}",
        "\"{a}\", says the client, and it should go on our task board", "I promised to see to {a}. Make a task out of it", "put a card on the task board: {a}", "There's a chore waiting, {a}, which my to-do list lacks",
        "The list of things to do grows: {a}", "What's left to do? {a}. Let my tasks show it", "assign me the task {a}", "Job to be done: {a}. Track it for me", "Let the to-do app know about {a}",
    ),
    "get_capital": (
        "{a} has a capital, but I can't think of the name", "{a} / SEAT OF GOVERNMENT / CITY?", "Who remembers what the capital of {a} is called?", "Does {a} have a capital I should have heard of?", "The quiz master is looking at me: {a}, capital city, ten seconds", "dig up the capital city for {a}", "If you were the president of {a}, in which capital would you live?",
        "Could the capital of {a} be named?", "\"And the capital?\" asked the teacher, pointing at {a}", "On the map of {a}, which city is marked as the capital?", "We're visiting {a} and want to see its capital. Which town is that?", "enlighten me as to which town {a} calls its capital", "My son colours the flag of {a} and wants the capital to write below",
        "Ambassadors to {a} reside in its capital, that is to say where?", "Geography homework. Country: {a}. Capital: ?", "What city do you put down as capital when the country is {a}?", "remind me which city {a} is governed from, as its capital", "For the stamp album: {a} and its capital city",
    ),
    "get_balance": (
        "{a} is my savings account, and I hope there's something in it", "BALANCE {a}", "Who emptied account {a}? Or is there anything left?", "Does account {a} still have funds?", "I'd like to buy a car. First let me know what account {a} holds", "read out the balance on bank account {a}", "If account {a} is in the black, I'll go shopping, so is it?",
        "Could the funds in account {a} be checked?", "\"Insufficient funds\", says the machine about account {a}. How much is on it?", "How many dollars does account {a} contain?", "At the bank I have number {a}. The current figure, please", "ask the bank what account {a} is at", "My card got declined. Its account is {a}, what does it hold?",
        "Money left: account {a}", "The club's treasurer wants the figure for account {a}", "What sum does my bank show for {a}?", "see whether anything remains on account {a}", "Payday! Let's admire account {a}",
    ),
    "transfer_money": (
        "{a} lent me {b} dollars and wants them back today", "PAYMENT / to: {a} / amount: {b}", "Who gets money from me? {a} does, {b} euros", "Does {a} have the {b} dollars yet? If not, pay", "The concert tickets were paid for by {a}. My share is {b} euros, please send it", "deposit {b} dollars with {a}", "If my account allows it, {b} euros are to go to {a}",
        "Could {b} dollars be paid to {a}?", "\"{b} euros and we're even\", said {a}, so do it", "Amount: {b}. Payee: {a}. Go ahead", "My nephew is called {a} and gets {b} dollars for his birthday", "credit {a} with {b} euros", "I'm in debt, {b} dollars, to {a}. End that",
        "For mowing the lawn {a} has earned {b} dollars", "A sum of {b} should leave my account and land with {a}", "chip in {b} euros for the present, {a} collects the money", "Let's clear the bill with {a}: {b} dollars",
    ),
    "run_code": (
        "{a} is my first program ever. Start it and tell me what comes out", "RUN: {a}", "Who has Python installed? I want {a} executed", "Does {a} raise an error? Run it and see", "The tutorial says to type {a}. What does the shell answer?", "pass {a} to Python and give me the output", "If I enter {a} at the Python prompt, what appears?",
        "Could this be executed by the interpreter: {a}", "\"{a}\", it says in the code. Please execute, don't guess", ">>> {a}", "My laptop has no Python, so you run it: {a}", "interpret the code {a}", "On the Python console: {a}", "I bet my friend that {a} works as code. Prove it by running it", "Script of one line, to be run: {a}",
        "invoke Python on {a}", "In the sandbox, try {a} and show what it prints", "Let the program {a} run",
    ),
    "get_user_info": (
        "{a} keeps writing to me. What's the person's name?", "Who hides behind the mailbox {a}?", "Does {a} belong to somebody on our staff?", "The parcel has no name on it, only {a}. Who should get it?", "check which employee has {a} for an address", "If {a} is in the directory, tell me the name and the job",
        "Could the person using {a} be identified?", "\"Reply to {a}\", it says, and I wonder who sits there", "In our staff list, whose mail is {a}?", "I found a business card with nothing but {a} on it", "match {a} with a person", "Email known: {a}. Name and phone wanted", "Before I answer {a}, I'd like to know whom I'm dealing with",
        "The form was filled in by {a}. Which person is this?", "open the personal details kept under {a}", "Staff directory, please, entry {a}", "Under the address {a}, who can be found?",
    ),
}  # fmt: skip
