"""Tools that many programs have. Each is declared with several names, parameter names and ways to ask for it.

A request is a template over the kinds of its values: `{a}` is the first parameter, `{b}` the second and so on.
Requests are imperatives ("book a table at {a}"), to which the caller adds politeness, or whole sentences (with a capital).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Param:
    names: tuple[str, ...]
    kind: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownTool:
    names: tuple[str, ...]
    about: tuple[str, ...]
    params: tuple[Param, ...]
    asks: tuple[str, ...]


def _p(names: str, kind: str, *about: str) -> Param:
    return Param(tuple(names.split()), kind, about)


def _tool(names: str, about: str, params: tuple[Param, ...], *asks: str) -> KnownTool:
    return KnownTool(tuple(names.split()), tuple(about.split("|")), params, asks)


CITY = _p(
    "city location place town location city",
    "city",
    "Name of the city",
    "City and country",
    "The city",
    "City name, e.g. Oslo",
    "The city and state",
)

KNOWN_TOOLS: tuple[KnownTool, ...] = (
    _tool(
        "get_weather get_current_weather weather get_weather", "Get the current weather for a city|Get the weather in a given location|Current weather", (CITY,),
        "What is the weather in {a}?", "What's the weather like in {a}?", "How is the weather in {a} today?", "Weather in {a}?", "Is it raining in {a}?",
        "check the weather in {a}", "tell me the weather in {a}", "Do I need an umbrella in {a}?", "Is it cold in {a} right now?", "What is it like outside in {a}?",
        "How warm is it in {a}?", "get the current weather for {a}", "I am travelling to {a}, how is the weather there?", "Will I need a coat in {a}?",
        "look up the weather of {a}", "Is it sunny in {a}?", "What's the temperature in {a}?", "show the weather for {a}", "Current conditions in {a}?",
    ),
    _tool(
        "get_forecast weather_forecast forecast", "Get the weather forecast for a city on a day|Forecast for a place and date", (CITY, _p("date day when", "when", "The day", "Date")),
        "What will the weather be in {a} on {b}?", "get the forecast for {a} for {b}", "Forecast for {a}, {b}?", "Will it rain in {a} {b}?", "show me the forecast of {a} for {b}",
    ),
    _tool(
        "get_time get_current_time current_time local_time", "Get the current time in a city|Tells the local time of a place|Current local time", (CITY,),
        "What time is it in {a}?", "tell me the current time in {a}", "Time in {a}?", "What's the local time in {a}?", "How late is it in {a} now?", "check what time it is in {a}",
        "What hour is it in {a}?", "look up the time in {a}",
    ),
    _tool(
        "search_web web_search search google_search", "Search the web|Search the internet for a query|Find web pages", (_p("query q search_query text", "phrase", "What to search for", "Search terms"),),
        "search the web for {a}", "look up {a} online", "find pages about {a}", "google {a}", "search for {a}", "find me something on the internet about {a}",
        "What does the web say about {a}?", "do a web search for {a}", "look on the internet for {a}", "search online for {a}",
    ),
    _tool(
        "send_email email compose_email", "Send an email|Send an email message to somebody", (_p("to recipient address email", "email", "Address of the recipient"), _p("subject title", "phrase", "Subject line")),
        "send an email to {a} with the subject {b}", "email {a}, subject: {b}", "write to {a} about {b}", "send {a} an email with subject {b}", "mail {a} with the subject \"{b}\"",
    ),
    _tool(
        "send_message send_sms text_message send_text", "Send a text message to a contact|Send a message to a person", (_p("to recipient contact name", "name", "Who gets it"), _p("message text body content", "clause", "Text of the message")),
        "send a message to {a}: {b}", "text {a}: {b}", "send {a} the message \"{b}\"", "message {a} saying {b}", "write {a} that {b}", "tell {a} that {b}", "let {a} know that {b}",
    ),
    _tool(
        "call_contact make_call phone_call dial", "Call a person by phone|Start a phone call", (_p("contact name person to", "name", "Whom to call"),),
        "call {a}", "phone {a}", "give {a} a ring", "make a phone call to {a}", "I want to talk to {a} on the phone", "dial {a}", "ring {a} up", "start a call with {a}",
    ),
    _tool(
        "play_music play_song play", "Play a song|Play music by title", (_p("song title track name", "phrase", "Title of the song"),),
        "play the song {a}", "I want to hear {a}", "put on {a}", "play {a}", "start playing {a}", "Let me listen to {a}", "play me {a}",
    ),
    _tool(
        "book_hotel reserve_hotel find_hotel", "Book a hotel room in a city|Reserve a hotel", (CITY, _p("nights number_of_nights", "int", "Number of nights")),
        "book a hotel in {a} for {b} nights", "I need a hotel room in {a} for {b} nights", "reserve a hotel in {a}, {b} nights", "find me a hotel for {b} nights in {a}",
    ),
    _tool(
        "book_flight search_flights find_flights", "Search flights between two cities|Book a flight", (_p("origin from departure_city from_city source", "city", "Where it starts"), _p("destination to arrival_city to_city", "city", "Where it goes")),
        "book a flight from {a} to {b}", "find flights from {a} to {b}", "I want to fly from {a} to {b}", "get me a plane ticket from {a} to {b}", "search flights to {b} from {a}", "Which flights go from {a} to {b}?",
    ),
    _tool(
        "translate_text translate translate_word", "Translate text into another language|Translates a text", (_p("text word phrase input", "thing", "Text to translate"), _p("target_language language to target", "language", "Target language")),
        "translate {a} to {b}", "translate \"{a}\" into {b}", "How do you say {a} in {b}?", "What is {a} in {b}?", "give me the {b} word for {a}", "translate the text {a} into {b}",
    ),
    _tool(
        "get_stock_price stock_price get_stock get_quote", "Get the price of a stock|Stock price by ticker symbol", (_p("symbol ticker stock company", "code", "Ticker symbol"),),
        "What is the stock price of {a}?", "get a stock quote for {a}", "How is the stock {a} doing?", "How much is a share of {a}?", "check the price of {a} stock", "look up the stock {a}", "What does {a} trade at?",
    ),
    _tool(
        "open_file read_file load_file", "Open a file|Read the content of a file", (_p("path file filename file_path", "path", "Path of the file"),),
        "open the file {a}", "open {a}", "show the file {a}", "read {a}", "What is in the file {a}?", "load {a}", "read the file {a}", "show me what {a} contains",
    ),
    _tool("delete_file remove_file", "Delete a file|Remove a file from disk", (_p("path file filename", "path", "Path of the file"),), "delete the file {a}", "delete {a}", "remove {a}", "get rid of the file {a}", "erase {a}", "remove the file {a} from the disk"),
    _tool(
        "add_note create_note save_note", "Save a note|Create a note with a text", (_p("text note content body", "phrase", "Text of the note"),),
        "add a note: {a}", "note down {a}", "make a note saying {a}", "save a note: {a}", "write down {a}", "take a note: {a}", "create the note {a}",
    ),
    _tool(
        "set_reminder create_reminder remind", "Set a reminder|Create a reminder for a time", (_p("text task message title", "phrase", "What to remind of"), _p("time when date at", "when", "When")),
        "remind me to {a} {b}", "set a reminder for {b}: {a}", "set a reminder to {a} on {b}", "create a reminder {a} for {b}", "Don't let me forget {a} on {b}",
    ),
    _tool(
        "set_alarm create_alarm", "Set an alarm|Set an alarm clock", (_p("time at alarm_time", "clock", "Time of the alarm"),),
        "set an alarm for {a}", "wake me up at {a}", "Alarm at {a}", "I have to get up at {a}", "set the alarm to {a}", "ring at {a}",
    ),
    _tool("set_timer start_timer", "Start a timer|Start a countdown", (_p("minutes duration duration_minutes", "int", "Minutes"),), "set a timer for {a} minutes", "start a timer of {a} minutes", "Timer, {a} minutes", "count down {a} minutes", "tell me when {a} minutes are over"),
    _tool(
        "create_event add_event schedule_meeting add_calendar_event", "Add an event to the calendar|Create a calendar event", (_p("title name event summary", "phrase", "Title"), _p("date day start when", "when", "Date")),
        "add {a} to my calendar on {b}", "create an event {a} on {b}", "schedule {a} for {b}", "put {a} in the calendar for {b}", "I have {a} on {b}, add it to the calendar", "plan {a} for {b}",
    ),
    _tool(
        "find_user get_user lookup_user get_customer", "Find a user by name|Look up a customer", (_p("name username user customer", "name", "Name of the user"),),
        "find the user {a}", "Who is the user {a}?", "look for user {a}", "look up the customer {a}", "get the user {a}", "show me the account of {a}", "find {a} in the user list",
    ),
    _tool(
        "get_order track_order order_status get_order_status", "Get the status of an order|Track an order by its number", (_p("order_id id order_number order", "code", "Number of the order"),),
        "Where is my order {a}?", "What is the status of order {a}?", "track order {a}", "check order {a}", "Has order {a} been shipped?", "look up the order {a}", "When will order {a} arrive?",
    ),
    _tool("cancel_order delete_order", "Cancel an order|Cancel an order by its number", (_p("order_id id order_number", "code", "Number of the order"),), "cancel order {a}", "cancel my order {a}", "I no longer want order {a}", "stop the order {a}", "call off order {a}"),
    _tool(
        "calculate calculator evaluate_expression math", "Evaluate an arithmetic expression|Do a calculation", (_p("expression formula input", "sum", "Expression"),),
        "calculate {a}", "What is {a}?", "work out {a}", "compute {a}", "evaluate {a}", "How much is {a}?", "use the calculator for {a}",
    ),
    _tool(
        "convert_currency exchange_currency currency_convert", "Convert money from one currency to another|Currency conversion",
        (_p("amount value", "int", "Amount"), _p("from_currency from source", "currency", "Currency code"), _p("to_currency to target", "currency", "Currency code")),
        "convert {a} {b} to {c}", "How much is {a} {b} in {c}?", "change {a} {b} into {c}", "What are {a} {b} worth in {c}?", "exchange {a} {b} for {c}",
    ),
    _tool(
        "turn_on switch_on_device turn_on_device", "Turn on a device|Switch a device on", (_p("device name device_name", "thing", "Which device"),),
        "turn on the {a}", "switch on the {a}", "switch the {a} on", "start the {a}", "power up the {a}", "I need the {a} on",
    ),
    _tool("turn_off switch_off_device turn_off_device", "Turn off a device|Switch a device off", (_p("device name device_name", "thing", "Which device"),), "turn off the {a}", "switch off the {a}", "turn the {a} off", "shut down the {a}", "power down the {a}"),
    _tool(
        "set_temperature set_thermostat", "Set the temperature of a room|Set the thermostat", (_p("temperature degrees value", "int", "Degrees"), _p("room place zone", "noun", "Room")),
        "set the {b} to {a} degrees", "set the temperature in the {b} to {a}", "make it {a} degrees in the {b}", "heat the {b} to {a} degrees",
    ),
    _tool(
        "add_to_cart add_item buy_product", "Add a product to the shopping cart|Put items in the cart", (_p("product item name", "thing", "Product"), _p("quantity count amount", "int", "How many")),
        "add {b} {a} to my cart", "put {b} {a} in the cart", "I want to buy {b} {a}", "order {b} of the {a}", "add {b} of {a} to the shopping cart",
    ),
    _tool(
        "get_news search_news news", "Get news about a topic|Latest news", (_p("topic query subject", "thing", "Topic"),),
        "What's new about {a}?", "show me the news about {a}", "get the latest news on {a}", "Any news on {a}?", "What are the headlines about {a}?", "read me news on {a}",
    ),
    _tool(
        "get_directions navigate route find_route", "Get directions between two places|Find a route", (_p("origin from start", "city", "Start"), _p("destination to end", "city", "End")),
        "How do I get from {a} to {b}?", "get directions from {a} to {b}", "show me the way from {a} to {b}", "navigate from {a} to {b}", "What is the best route from {a} to {b}?",
    ),
    _tool(
        "book_table reserve_table make_reservation", "Reserve a table in a restaurant|Book a table", (_p("restaurant name place", "company", "Restaurant"), _p("people party_size guests", "int", "Number of people")),
        "book a table for {b} at {a}", "reserve a table at {a} for {b} people", "I want to eat at {a} with {b} people", "get us a table for {b} at {a}",
    ),
    _tool(
        "search_documents file_search search_files retrieve_documents search_knowledge_base", "Search the uploaded documents|Search the user's files|Find passages in the knowledge base", (_p("query question text q", "phrase", "What to look for"),),
        "search my documents for {a}", "look in my files for {a}", "What do the documents say about {a}?", "find {a} in the uploaded files", "search the knowledge base for {a}", "check the files for {a}",
    ),
    _tool(
        "create_task add_task add_todo create_todo", "Create a task|Add an item to the to-do list", (_p("title task text name", "phrase", "What to do"),),
        "add a task: {a}", "create a task {a}", "put {a} on my to-do list", "add {a} to my tasks", "I have to {a}, add it as a task", "new task: {a}", "add the to-do {a}",
    ),
    _tool(
        "get_capital country_info capital_of", "Get the capital of a country|Facts about a country", (_p("country name nation", "city", "Country"),),
        "What is the capital of {a}?", "tell me the capital of {a}", "Which city is the capital of {a}?", "look up the capital of {a}",
    ),
    _tool(
        "get_balance account_balance check_balance", "Get the balance of an account|Account balance", (_p("account_id account id account_number", "code", "Account number"),),
        "What is the balance of account {a}?", "How much money is in account {a}?", "check account {a}", "show the balance of {a}", "get the balance for the account {a}",
    ),
    _tool(
        "transfer_money send_money pay make_payment", "Transfer money to a person|Send a payment", (_p("recipient to payee name", "name", "Who gets it"), _p("amount value sum", "int", "How much")),
        "send {b} dollars to {a}", "transfer {b} euros to {a}", "pay {a} {b} dollars", "give {a} {b} dollars", "make a payment of {b} to {a}", "wire {b} dollars to {a}",
    ),
    _tool(
        "run_code execute_code python", "Run a piece of Python code|Execute code", (_p("code source script", "sum", "The code"),),
        "run the code {a}", "execute {a}", "run {a} in Python", "evaluate the Python code {a}",
    ),
    _tool(
        "get_user_info get_employee lookup_person", "Get information about a person by email|Find a person by email address", (_p("email address mail", "email", "Email address"),),
        "Who has the email address {a}?", "find the person with the email {a}", "look up {a}", "get the details of {a}", "show me who {a} is",
    ),
)  # fmt: skip
