"""Ways to ask for the known tools as people speak: remarks, wishes, needs, half sentences, with words before and after the values."""

from __future__ import annotations

SPOKEN_ASKS: dict[str, tuple[str, ...]] = {
    "get_weather": (
        "{a} is where I am, and my suitcase is still unpacked, so what is the sky doing?", "I'd love to know if {a} needs sunscreen or a scarf at the moment", "Somebody ought to check the sky above {a} before we leave the house", "It would be great if the {a} weather were looked at first", "The roof is open and {a} may be getting wet, is it?",
        "Sun hat or raincoat, that's the question here in {a}", "Our picnic near {a} hangs on the clouds outside", "The present weather of {a}, in one line", "Would you mind seeing what {a} feels like outdoors?", "Weather at my place, {a} that is", "We lack any idea how hot {a} has become",
        "For {a} the weather should be reported", "Foggy, windy, fine? My flat is in {a} but I am not", "With {a} outside my window I still can't tell if it's freezing",
    ),
    "get_forecast": (
        "{b} in {a} we get married outdoors, and nobody has looked at the forecast", "I'd love a sunny {a} for {b}, is there hope?", "Our boat leaves {a} harbour, it's planned for {b}, and the winds to come are unknown to us", "Somebody ought to see what is predicted for {a}, I mean {b}", "It would be great to know ahead how {a} turns out {b}, rain or shine",
        "The {a} forecast should be checked, date {b}, before we pack", "Snow to come in {a}? Our ski day is {b}", "The weather to expect, {b}, around {a} and nearby", "For {b} we lack a forecast, town {a}", "Would you be so kind as to look ahead to {b} and the skies over {a}?", "We hike near {a} and start {b}, so rain gear or not?",
        "{a} forecast wanted, {b}", "The barbecue is {b}, the garden is in {a}, and the coming weather is anyone's guess", "How hot might {a} get, thinking of {b}?",
    ),
    "get_time": (
        "{a} is where my boss sits, and I can't tell if she has gone home by now, what does the clock say?", "I'd love to know how late {a} has it", "The {a} clock ought to be looked at before I ring anybody", "It would help to hear the hour {a} lives by right now", "Somebody should tell me if it's morning in {a} yet", "Local time, {a}, please and thank you",
        "My wall clock must be set to {a} time, which is?", "We lack the right time for {a}, as all our watches differ", "Would you mind reading the clock for {a}?", "With my phone dead in {a} I don't know the hour", "The time of day in {a} should be found out",
        "Breakfast or supper, what are they having in {a} by the clock?", "Hour of the day at the {a} office?",
    ),
    "search_web": (
        "{a} is new to me, so the internet should be asked", "I'd love to read what strangers online have to say on {a} these days", "Somebody ought to look for {a} on the net", "It would be great if a few links on {a} turned up", "Links, sites, anything with {a} in it", "The web must be full of {a} by now, show me some of it",
        "A web search is needed, and {a} should be the words", "We lack facts on {a} and the net has plenty", "Would you mind putting {a} into a search engine?", "For my talk, {a} needs to be looked up on the internet", "On the web, please, {a} and nothing else", "Internet results for {a} wanted",
        "My daughter asks about {a} and only the internet can save me", "Search hits on {a} would settle our quarrel",
    ),
    "send_email": (
        "{a} is waiting for an email with {b} in the subject line", "I'd love {a} to find a mail called {b} in the inbox", "Somebody ought to write an email to {a} with {b} as its title", "It would be great if {a} got an email, subject {b}, before lunch", "The mail should be titled {b} and go out to {a} today", "{b} is the subject of an email that {a} still lacks",
        "An email for {a}, headed {b}", "We owe {a} a mail, and {b} should be its subject", "Would you mind mailing {a} under the subject {b}?", "With {b} as its heading, an email must go to {a} at once", "For {a}, by email: {b}", "The inbox of {a} should hold an email from us named {b}",
        "My mail to {a} never left, its subject was {b}, so once more please", "Subject line {b}, and {a} as the only reader of the email",
    ),
    "send_message": (
        "{a} has no idea yet, so a text should go out: {b}", "I'd love {a} to read this on the way home: {b}", "Somebody ought to text {a} these words: {b}", "It would be great if {a} heard from me that {b}", "{a} needs to be told that {b}", "The text for {a} should be: {b}", "\"{b}\" is what I want {a} to read", "Short message to {a} with the words \"{b}\"",
        "We forgot to tell {a} something, namely that {b}", "Would you mind letting {a} hear that {b}?", "My sister's friend {a} should be sent a text: {b}", "For {a} there's a message: {b}", "Before {a} leaves the house, a text has to arrive: {b}", "With my phone in the car I can't text {a} that {b}",
    ),
    "call_contact": (
        "{a} and I have to talk by phone today", "I'd love to hear the voice of {a} again, so get the phone", "Somebody ought to ring {a} about the keys", "It would be great to have {a} on the line", "{a} must be reached by telephone before noon", "A phone call with {a} is what's missing", "The phone should be ringing at the home of {a} by now",
        "Would you mind ringing {a} on my behalf?", "Talking beats typing, so {a} gets a call", "We need {a} on the telephone", "With {a} I'd better speak directly, phone please", "Let the phone of {a} ring",
    ),
    "play_music": (
        "{a} is the song this evening needs", "I'd love to dance to {a} right here", "Somebody ought to put {a} on while we cook", "It would be great to have {a} playing in the background", "{a} should be played before the guests go", "The song called {a} has been in my ears all day, let it out", "Some music, say {a}, would cheer us up", "Music please, {a} to begin with",
        "We lack music and {a} would do", "Would you mind if {a} came out of the speakers?", "For dinner, {a} as the song", "My party can't start before {a} is heard", "With {a} on the speakers the work is half done",
    ),
    "book_hotel": (
        "{a} is where our car broke down, and for {b} nights we need a hotel bed", "I'd love to sleep in {a} for {b} nights, in a hotel with a bath", "Somebody ought to get us a hotel room, {b} nights, in {a} or right beside it", "It would be great if a hotel in {a} kept a room for us, {b} nights", "{b} nights of {a} lie ahead and there is no hotel yet", "Our stay in {a} lasts {b} nights and no bed has been booked",
        "A {a} hotel for {b} nights", "We lack a hotel, the town is {a} and the nights are {b}", "Would you mind finding a hotel room in {a}, {b} nights long?", "A room should be booked for {b} nights, and {a} is the place", "With {b} nights to spend around {a} we want a hotel", "Hotel bed, {a}, {b} nights, cheap if possible",
        "For {b} nights my parents visit {a} and want a nice hotel", "{a} hotel wanted, {b} nights only",
    ),
    "book_flight": (
        "Our trip from {a} ends in {b}, tickets for the plane are still missing", "{b} is where I must be, {a} is where I am, and a plane would be fastest", "I'd love to swap {a} for {b} by plane", "Somebody ought to get us flights into {b} out of {a} soon", "It would be great to board in {a} and wake up over {b} as the plane lands", "A flight towards {b} should be found, leaving {a} in the morning",
        "{a} airport is close by, so let me fly to {b} from there", "Seats on a plane, {a} first and {b} last", "Would you mind looking for a plane that leaves {a} for {b} soon?", "We lack plane tickets into {b}, as we live in {a} ourselves", "With {b} as the goal, which planes take off in {a} at all?", "My mother lives in {b} and I'll fly there, out of {a} of course",
        "The {a} to {b} flight should be booked", "Leaving {a} behind, heading for {b}, by air",
    ),
    "translate_text": (
        "{a} should become {b}", "I'd love to be able to say {a} in {b} too", "Somebody ought to put \"{a}\" into {b} for the guests", "It would be great to have {a} as a {b} word", "{b} is what the sign has to be in, and \"{a}\" is what it says", "Into {b} with this: {a}", "A {b} translation is needed, the word is {a}", "Our {b} visitors don't understand \"{a}\", what is it to them?",
        "We lack the {b} for \"{a}\" in our list", "Would you mind telling me what {a} turns into when one speaks {b}?", "For a {b} reader, \"{a}\" has to be translated", "The words \"{a}\" must be read by people with {b} only", "With {b} on my phone's keyboard, what do I type for {a}?", "My {b} is poor and the teacher wants {a} from me",
    ),
    "get_stock_price": (
        "{a} is a share I'd buy if the price were right, so what is it?", "I'd love to know what {a} stock goes for", "Somebody ought to look at the price of my {a} shares", "It would be great to see where {a} shares stand", "The {a} price on the stock market, please", "{a} shares should be priced before I sell", "A stock quote, {a} this time", "We lack today's price for {a} stock",
        "Would you mind checking what {a} shares sell at?", "For my report the share price of {a} is needed", "With {a} going up and down all week, what is a share worth?", "Per share, {a} costs how much?", "On the market now, the symbol {a} is worth how many dollars?",
    ),
    "open_file": (
        "{a} is a file I haven't read yet", "I'd love to see the text of {a} on my screen", "Somebody ought to look into {a} for me", "It would be great if {a} were opened", "{a} should be read before we go on", "The lines of {a}, please", "A look into {a} would answer that", "We need what's in {a} to continue", "Would you mind opening {a} here?",
        "With {a} open I could find the mistake", "My notes are stored in {a} and I want them on screen", "On the screen, please, {a} in full", "The file at {a} has to be opened", "Reading {a} is the next step",
    ),
    "delete_file": (
        "{a} is old rubbish and should be deleted", "I'd love to be rid of {a} at last", "Somebody ought to delete {a} before the boss sees it", "It would be great if {a} were gone from the disk", "{a} must be removed today", "No more {a} on this computer, please", "The file {a} isn't wanted here any longer", "We have no use for {a} now, so off the disk with it",
        "Would you mind deleting {a} for good?", "With {a} deleted there'd be room again", "My old draft in {a} ought to be thrown out", "Deletion of {a}, please", "Of all the files, {a} is the one to delete", "The disk would be tidy without {a} on it",
    ),
    "add_note": (
        "{a} should be put in my notes", "I'd love to have this kept as a note: {a}", "Somebody ought to write this in a note: {a}", "It would be great if my notes had this: {a}", "My notes lack one thing: {a}", "A note is needed that says {a}", "\"{a}\" must not be lost, so note it", "Would you mind noting this: {a}", "With a note of {a} I'd sleep better",
        "Into my notes with \"{a}\" before it slips away", "Worth noting: {a}", "The words \"{a}\" belong in a note of mine", "One more note, {a}", "For the notes, and quickly: {a}",
    ),
    "set_reminder": (
        "{b} I need to be reminded: {a}", "I'd love a reminder {b} about \"{a}\" on my phone", "Somebody ought to remind me {b} of this: {a}", "It would be great to be reminded of \"{a}\" when it's {b}", "\"{a}\" should pop up as a reminder, time {b}", "We lack a reminder for {b}, and it's about {a}",
        "A reminder, {b}, with the words \"{a}\" in it", "Would you mind reminding me {b} that there's this: {a}", "My head won't keep \"{a}\" until {b}, a reminder would", "The reminder should come {b} and say {a}", "With a reminder set for {b} I can stop thinking of \"{a}\" now", "For {b}, a reminder, namely {a}", "To be reminded of: {a}, when: {b}",
    ),
    "set_alarm": (
        "{a} is early, I know, but the alarm must ring then", "I'd love to be awake when it's {a} sharp", "Somebody ought to wake me, {a} would be fine", "It would be great if the alarm went off at {a} and not later", "The {a} alarm should be set", "An alarm is needed, {a} in numbers", "My bus won't wait, so {a} is my time to get up", "We lack an alarm for {a} and have to catch a plane",
        "Would you mind waking me when the clock says {a}?", "By {a} my eyes should be open, alarm please", "With an alarm at {a} we'd still have time for breakfast", "Out of bed by {a} is the plan, so ring loudly", "For {a} an alarm, please", "The alarm clock has to ring, time {a}",
    ),
    "set_timer": (
        "{a} minutes should be timed, from now", "I'd love a timer that rings when {a} minutes are up", "Somebody ought to time this, {a} minutes at most", "It would be great if you counted {a} minutes for my bread", "The soup needs {a} minutes more, and my timer is broken", "My nap may last {a} minutes and then I want a beep",
        "Would you mind timing {a} minutes?", "We play {a} minutes per half, time it", "After {a} minutes the timer should ring", "For {a} minutes I'll sit still, and you keep the timer",
    ),
    "create_event": (
        "{b} is the date of \"{a}\" and my calendar doesn't show it yet", "I'd love to see \"{a}\" in the calendar, under {b}", "Somebody ought to enter \"{a}\" in our calendar, date {b}", "It would be great if the calendar had \"{a}\" for {b} already", "\"{a}\" should be entered as an event, {b} is when", "Our calendar lacks \"{a}\" for {b}", "An event is needed {b}, and its name is {a}",
        "The calendar must show that {b} belongs to {a}", "Would you mind entering \"{a}\" in the calendar? It's {b}", "With \"{a}\" set for {b}, my calendar needs to know", "Date in the calendar: {b}, for {a}", "For {b} we've planned \"{a}\", calendar please", "Into the calendar with \"{a}\", and the date is {b}", "My team meets {b}, the event is called {a}",
    ),
    "find_user": (
        "{a} is on the phone and I need that customer's account", "I'd love to see the user entry of {a} for a moment", "Somebody ought to look for {a} among our customers", "It would be great to have the account of {a} on screen", "The customer {a} should be looked up", "User data of {a}, please", "We need the customer {a} in front of us before we answer", "A customer called {a} wants help, and I have no data",
        "Would you mind pulling out the account of {a}?", "With the user {a} there's a billing problem, so find the account", "Of all our users I want {a}", "For {a} there must be a customer account somewhere", "The account under the name {a} has to be found", "Is the name {a} in our list of users at all?",
    ),
    "get_order": (
        "I'd love to know when {a} comes, I ordered it long ago", "Somebody ought to find out where order {a} is stuck", "It would be great to hear if order {a} is on the truck", "My order, {a} by number, should have been here", "The state of order {a}, please", "Order {a} needs to be tracked", "We lack news on order {a} and the customer is waiting",
        "Would you mind checking how far {a} has come? It's an order", "With order {a} late, where is it at the moment?", "Packed or shipped, order {a}?", "For order {a} the status is wanted", "The order numbered {a} has not been seen by anyone, where is it?", "On which day does order {a} reach me?",
    ),
    "cancel_order": (
        "I'd love to get out of order {a} if I can", "Somebody ought to cancel order {a} before it is packed", "It would be great if order {a} were called off", "Order {a} should be cancelled", "The order with number {a} has to be stopped", "We don't want what we ordered under {a} any more",
        "Would you mind cancelling {a}? I ordered too much", "With the party off, order {a} can be cancelled", "No delivery of order {a}, please, cancel it", "Cancellation of order {a}", "For order {a} I'd like a full stop", "Of my orders, {a} is the one to cancel",
    ),
    "calculate": (
        "{a} should be worked out", "I'd love to know what {a} makes", "Somebody ought to do {a} for me", "It would be great to have the answer to {a} in front of me", "The result of {a} is needed", "We lack the answer for {a} and the test ends soon", "{a} is what stands on the slip, and the total is missing", "Would you mind doing this sum: {a}",
        "With {a} on the paper, what number goes below?", "My head gives up at {a}", "The answer, please: {a}", "For {a} I get something else each time, what's right?", "One number for {a}, please", "How many would {a} be in the end?",
    ),
    "convert_currency": (
        "{a} {b} should become {c}", "I'd love to know what my {a} {b} would be worth in {c} today", "Somebody ought to turn {a} {b} into {c} for the bill", "It would be great to see {c} instead of these {a} {b}", "{c} is what I need, and {a} {b} is what I hold, so how much do I get?", "Out of {b} and into {c}, the amount is {a}", "In {c} money, {a} {b} makes how much?",
        "The price tag says {a} {b} and I only know {c}", "Against {c}, what do {a} {b} bring?", "We lack the {c} figure for {a} {b}", "Would you mind converting my {a} {b} so that I hold {c} afterwards?", "How many {c} does one pay for {a} {b} at the moment?", "With {a} {b} in my pocket, how rich am I in {c} terms?", "Worth in {c} of {a} {b}",
    ),
    "turn_on": (
        "The {a} ought to be switched on", "I'd love to have the {a} on when I sit down", "Somebody ought to switch on our {a}", "It would be great if the {a} were running by now", "{a} should be on", "My {a} is still off and I need it", "We need that {a} to be working, so switch it on", "The old {a} may be switched on again", "Would you mind starting up the {a} for the kids?",
        "With the {a} switched on it would be nicer in here", "A running {a} is all I want", "Power for the {a}, please", "Without the {a} on we can't begin", "The {a} must get going before they arrive",
    ),
    "turn_off": (
        "The {a} ought to be switched off", "I'd love it if the {a} were off at night", "Somebody ought to switch off our {a}", "It would be great to have the {a} off by ten", "{a} can be off now", "My {a} has been on all day, that's enough", "We don't need that {a} on, so switch it off", "The old {a} may rest now, off please", "Would you mind shutting down the {a} before bed?",
        "With the {a} switched off we'd save power", "No power for the {a} any more, please", "The {a} has done its work and should go off", "Off with our {a} before we leave", "That {a} hurts my ears, it has to be off",
    ),
    "set_temperature": (
        "{a} degrees is what I want in the {b}", "The {b} ought to be at {a} degrees", "I'd love {a} degrees for the {b} tonight", "Somebody ought to bring the {b} to {a} degrees", "It would be great if the {b} had {a} degrees when I get home", "The {b} should be set to {a} degrees", "Our {b} is too cold, {a} degrees would be better", "A {b} of {a} degrees, please", "We need {a} degrees in that {b}",
        "Would you mind making the {b} {a} degrees warm?", "With {a} degrees in the {b} the baby sleeps well", "{a} degrees, {b}", "For the {b} I'd say {a} degrees", "My {b} has to be kept at {a} degrees",
    ),
    "add_to_cart": (
        "{b} {a} should be put in the cart", "I'd love to buy {b} of your {a} today", "Somebody ought to put {b} {a} into our basket", "It would be great to have {b} {a} in the cart before the sale ends", "We lack {a} at home, {b} would be enough, cart please", "My cart needs {b} more {a} before I pay", "{a} is what I came for, {b} of it for the cart", "Our basket is missing {b} {a}",
        "Would you mind laying {b} {a} in my cart?", "With {b} {a} in the cart I'm done shopping", "The cart should hold {a}, and {b} is the number", "Into the basket: {b} times {a}", "For the kitchen we want {a}, {b} in all, to be bought", "{b} pieces, {a}, to my cart",
    ),
    "get_news": (
        "{a} is in the papers again, I hear, so what do they write?", "I'd love to read some fresh news on {a} over breakfast", "Somebody ought to tell me what the press says about {a} now", "It would be great to have the {a} news read out", "The {a} headlines, please", "News should be found on {a}", "We lack any news of {a} since last week", "Would you mind looking for {a} in the news?",
        "With {a} in the headlines, what did I miss?", "My father follows the news about {a} and wants more", "In the news today, {a} or nothing?", "For my radio show, news around {a} is needed", "Today's reports on {a} would interest me", "The press and {a}, what's the latest?",
    ),
    "get_directions": (
        "{a} is where we stand, {b} is where we sleep, and nobody knows the road", "{b} is our goal and the car is in {a} now, which way?", "I'd love to be shown the road into {b} out of {a}", "Somebody ought to tell the driver how {b} is reached from {a} by car", "It would be great to have the way to {b}, starting at {a}", "The way towards {b} should be shown, with {a} as the first point",
        "Out of {a} and into {b}, which roads do we take?", "We lack a route for {b} and are leaving {a} soon", "Would you mind guiding us from {a} along the road to {b}?", "With the van in {a} and the job in {b}, what's the way?", "Road from {a} towards {b}", "My trip by car begins in {a} and {b} is its end, directions please", "For the drive to {b} we need the roads, {a} is the start", "Between us in {a} and them in {b} lies which road?",
    ),
    "book_table": (
        "{a} is where we want to eat, and {b} of us will come", "Somebody ought to reserve at {a} for {b} people", "It would be great if {a} had a table for {b} tonight", "{b} people want to eat at {a} and have no table yet", "A table should be reserved, {a} is the restaurant and {b} the guests",
        "We need {b} chairs around a table at {a}", "Would you mind asking {a} for a table, {b} persons?", "With {b} guests coming, a table at {a} would be right", "My birthday dinner is at {a} with {b} guests, please reserve", "Table for {b}, {a}", "For {b} hungry friends, a table at {a} please", "Our party of {b} hopes for a table at {a}",
    ),
    "search_documents": (
        "{a} should be searched for in my documents", "I'd love to see where my files mention {a}", "Somebody ought to go through our documents for {a}", "It would be great if the uploaded files told us about {a}", "The passage on {a} in my documents, please", "My papers must mention {a} in some place, the uploaded ones", "We need every line on {a} that the documents have", "Would you mind looking for {a} in what I uploaded?",
        "With all these files, which one talks about {a}?", "In the documents, {a}, where?", "For {a} our own files should be checked", "One of my documents has {a} in it, but which?", "Out of my files I need the part on {a}", "The uploaded documents and {a}, any match?",
    ),
    "create_task": (
        "\"{a}\" should be added to my tasks", "I'd love to have this on my list of tasks: {a}", "Somebody ought to put \"{a}\" on our to-do list", "It would be great if \"{a}\" stood on the task list", "My tasks lack one item: {a}", "Get \"{a}\" onto the to-do list before I forget", "A task is needed, and it reads {a}", "Would you mind making \"{a}\" a task?",
        "With \"{a}\" on the task list I'd feel better", "Still to be done, so a task: {a}", "For the to-do list: {a}", "The next task of mine is {a}, list it", "Onto my to-do list with this: {a}",
    ),
    "get_capital": (
        "{a} is a place whose capital I never learned", "I'd love to know the capital that {a} has", "Somebody ought to tell me the capital city {a} is ruled from", "It would be great to know which capital belongs to {a}", "The {a} capital, please", "For {a} the capital is missing on my sheet", "We need the capital of {a} to win the quiz", "Would you mind naming the capital {a} has?",
        "With {a} on the card, which capital do I write?", "My pupils ask for the capital of {a} and I went blank", "Capital city, {a}?", "Of {a} I know the flag, but not the capital", "The capital should be given, and {a} is the country", "In {a} the government sits in which city?",
    ),
    "get_balance": (
        "{a} is my account and I wonder if I'm broke, what's on it?", "I'd love to know how much {a} holds, it's my account", "Somebody ought to check what account {a} has left", "It would be great to see the balance of {a} before I spend more", "The {a} balance, please", "Account {a} should be checked for money", "We need to know what's on account {a} before the rent is due", "Would you mind looking at the money in account {a}?",
        "With account {a}, am I in the red?", "My wages go to account {a}, so how much is there?", "Balance wanted, account {a}", "On account {a} there is how much?", "For account {a} the current balance is needed", "The money in my account, number {a}, how much is left?",
    ),
    "transfer_money": (
        "{a} should be paid {b} dollars", "I'd love to see {b} euros go to {a} today", "Somebody ought to send {a} the {b} dollars we owe", "It would be great if {a} got {b} euros from my account", "{b} dollars need to reach {a} by tonight", "We owe {a} {b} euros, and it should be paid now", "My debt to {a} is {b} dollars, please settle it", "A payment for {a}, {b} euros",
        "Would you mind sending {b} dollars over to {a}?", "With {b} euros {a} would be paid in full", "The sum of {b} dollars must go to {a} now", "For {a}, {b} euros from my account", "{a} is owed {b} dollars by me, send them", "Out of my account {b} euros, into that of {a}",
    ),
    "run_code": (
        "{a} should be run as code", "I'd love to see what Python makes of {a}", "Somebody ought to run {a} for me in Python", "It would be great to see the output of {a}", "The output of {a} in Python, please", "{a} needs to be executed", "We need to know what the code {a} does when it runs", "Would you mind executing {a} for me?", "With Python, what comes out of {a}?", "My code is {a} and it has to run",
        "In Python, please: {a}", "Code to be executed, {a}", "For {a} I want the real output, so run it", "The line {a} must be run in Python",
    ),
    "get_user_info": (
        "{a} is an address I don't know, whose is it?", "I'd love to know who writes from {a}", "Somebody ought to find out who {a} belongs to", "It would be great to have a name for {a}", "The person behind {a} should be found", "{a} needs a name, who is it?", "We lack the name that goes with {a}", "Would you mind telling me whose email {a} is?", "With only {a} to go by, who might that be?",
        "My inbox shows {a} and no name, so look for the person", "Name and details for {a}", "To whom does the email address {a} belong?", "For {a} the person's details are wanted", "The owner of the address {a}, please",
    ),
}  # fmt: skip
