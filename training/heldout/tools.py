"""Held-out cases for tools."""

from __future__ import annotations

import json
from typing import Any

from .draw import Answer, Case, Draw, makes_calls, says, user

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def function(name: str, about: str, properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": required if required is not None else list(properties),
    }
    return {"type": "function", "function": {"name": name, "description": about, "parameters": parameters}}


#: Tools as the training knows them (name, parameters, what kind of values), asked for in words that it does not have.
KNOWN: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("get_weather", "Get the current weather for a city", {"city": "city"}, ("I wonder how the weather is over in {city}.", "Give me a weather report for {city}", "Could you see whether the weather in {city} is nice?", "We land in {city} tonight. What weather awaits us?")),
    ("get_current_weather", "Get the current weather in a given location", {"location": "city"}, ("Any idea what the weather might be in {location} at the moment?", "weather update for {location} pls", "My aunt lives in {location}; how is the weather over there?")),
    ("get_time", "Get the current time in a city", {"city": "city"}, ("I need to know the time over in {city}.", "Somebody in {city} looks at the clock: what time does it show?", "What is the time now for people in {city}?")),
    ("search_web", "Search the web", {"query": "thing"}, ("Use the web to search {query}.", "I'm curious about {query}, run a web search", "Do a quick search on the web: {query}")),
    ("send_message", "Send a text message to a contact", {"to": "name", "message": "sentence"}, ("Drop {to} a message: {message}", "A message for {to}, please: {message}", "Get this message to {to}: {message}")),
    ("call_contact", "Call a person by phone", {"name": "name"}, ("It is time to call {name}, do it.", "I have to speak with {name}, start a phone call", "Try to call {name} again")),
    ("play_music", "Play a song", {"song": "thing"}, ("I am in the mood for the song {song}, play it", "Would you mind playing the song {song}?", "Next song: {song}")),
    ("book_flight", "Book a flight", {"origin": "city", "destination": "city"}, ("We are leaving {origin} and want a flight to {destination}.", "Is there a flight out of {origin} that goes to {destination}? Book it.", "One flight, {origin} to {destination}, thanks")),
    ("translate_text", "Translate text into another language", {"text": "thing", "target_language": "language"}, ("I want {text} translated into {target_language}", "My teacher asks for the translation of {text} to {target_language}", "Into {target_language}, translate {text}")),
    ("open_file", "Open a file", {"path": "file"}, ("Let me see the file {path}", "I lost track of {path}, open that file", "Bring up the file {path} on my screen")),
    ("set_alarm", "Set an alarm", {"time": "clock"}, ("My alarm should go off at {time}", "I need an alarm, {time} sharp", "An alarm for {time} tomorrow would be great")),
    ("set_timer", "Start a timer", {"minutes": "number"}, ("The pasta takes {minutes} minutes, start a timer", "A timer with {minutes} minutes, go", "Kick off a {minutes} minutes timer")),
    ("get_order", "Get the status of an order", {"order_id": "code"}, ("I am still waiting for order {order_id}, what is its status?", "Give me the status for the order with number {order_id}", "My order {order_id} seems lost, can you get its status?")),
    ("cancel_order", "Cancel an order", {"order_id": "code"}, ("Changed my mind about order {order_id}, cancel it", "The order {order_id} was a mistake. Please cancel.", "I'd rather cancel order {order_id} today")),
    ("get_stock_price", "Get the price of a stock", {"symbol": "code"}, ("Where does the stock {symbol} stand? I need its price.", "Price of the stock {symbol} at the moment?", "I own some {symbol} stock, find its price")),
    ("turn_on", "Turn on a device", {"device": "thing"}, ("It is dark, turn on the {device}", "Somebody should turn the {device} on", "Would you be so kind to turn on our {device}?")),
    ("convert_currency", "Convert money from one currency to another", {"amount": "number", "from_currency": "currency", "to_currency": "currency"}, ("I have {amount} {from_currency}, convert that to {to_currency}", "Please do a conversion of {amount} {from_currency} into {to_currency}", "{amount} {from_currency} make how much in {to_currency}?")),
    ("create_task", "Create a task", {"title": "chore"}, ("New entry for my task list: {title}", "Let's create a task called {title}", "I must not forget to {title}; make it a task")),
    ("find_user", "Find a user by name", {"name": "name"}, ("There should be a user named {name}, find that one", "Do we have {name} as a user? Find out.", "I require the user record of {name}")),
    ("book_table", "Reserve a table in a restaurant", {"restaurant": "company", "people": "number"}, ("Dinner at {restaurant}: a table for {people} people, please", "We are {people} people and would like a table at {restaurant}", "At {restaurant}, reserve a table that seats {people}")),
)  # fmt: skip

#: Tools that resemble nothing in the training set.
NOVEL: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("water_plants", "Water the plants in a zone", {"zone": "word", "liters": "number"}, ("Water the plants in zone {zone} with {liters} liters", "The plants of zone {zone} need {liters} liters of water")),
    ("feed_animal", "Feed an animal of the zoo", {"animal": "name", "grams": "number"}, ("Feed {animal} {grams} grams", "Give the animal {animal} {grams} grams to feed it")),
    ("dim_lights", "Dim the lights of an area", {"area": "word", "percent": "number"}, ("Dim the lights in {area} to {percent} percent", "I'd like the lights of area {area} dimmed to {percent} percent")),
    ("charge_vehicle", "Charge an electric vehicle", {"plate": "code"}, ("Charge the vehicle {plate}", "My vehicle with plate {plate} has to charge overnight")),
    ("lookup_postcode", "Look up the postcode of a street", {"street": "word"}, ("Which postcode has the street {street}?", "Look up the postcode for {street}")),
    ("grade_essay", "Grade the essay of a pupil", {"pupil": "name", "mark": "number"}, ("Grade the essay of {pupil} with mark {mark}", "The essay by {pupil} gets the mark {mark}")),
    ("fly_drone", "Fly a drone to a waypoint", {"waypoint": "word"}, ("Fly the drone to waypoint {waypoint}", "Let the drone fly to {waypoint}")),
    ("brew_espresso", "Brew espresso for a guest", {"guest": "name", "shots": "number"}, ("Brew an espresso for {guest} with {shots} shots", "{guest} would love an espresso, {shots} shots")),
    ("ban_player", "Ban a player from the game", {"player": "name"}, ("Ban the player {player}", "{player} cheats in the game, ban this player")),
    ("encode_video_clip", "Encode a video clip with a codec", {"clip": "file", "codec": "word"}, ("Encode the clip {clip} with codec {codec}", "The clip {clip} must be encoded using the codec {codec}")),
    ("getMoonPhase", "Get the phase of the moon on a date", {"date": "date"}, ("Which phase has the moon on {date}?", "Get the moon phase for {date}")),
    ("defrost_freezer", "Defrost a freezer", {"freezer_id": "code"}, ("Defrost freezer {freezer_id}", "There is ice in freezer {freezer_id}, defrost it")),
    ("mint_badge", "Mint a badge for a holder", {"holder": "name", "tier": "word"}, ("Mint a badge for {holder} of tier {tier}", "Make {holder} the holder of a badge, tier {tier}")),
    ("query_seismograph", "Query the seismograph of a station", {"station": "city"}, ("Query the seismograph at station {station}", "What does the seismograph in {station} record?")),
    ("rotate_antenna", "Rotate the antenna to an azimuth", {"azimuth": "number"}, ("Rotate the antenna to azimuth {azimuth}", "Azimuth {azimuth}: rotate the antenna there")),
    ("subscribe_newsletter", "Subscribe an address to the newsletter", {"address": "email"}, ("Subscribe {address} to the newsletter", "The newsletter should go to {address}, subscribe it")),
    ("stamp_passport", "Stamp the passport of a traveller", {"traveller": "full_name", "border": "city"}, ("Stamp the passport of {traveller} at the border {border}", "At border {border}, stamp the passport for {traveller}")),
    ("harvest_crop", "Harvest a crop from a plot", {"plot": "code", "crop": "word"}, ("Harvest the crop {crop} on plot {plot}", "From plot {plot} harvest the {crop} crop")),
    ("tune_radio", "Tune the radio to a frequency", {"frequency": "number"}, ("Tune the radio to frequency {frequency}", "The radio should be tuned to {frequency}")),
    ("ferry_timetable", "Timetable of the ferry from a pier", {"pier": "city"}, ("Ferry timetable from pier {pier}?", "When do ferries leave {pier}? Check the ferry timetable.")),
    ("quarantine_host", "Quarantine a host in the network", {"hostname": "word", "reason": "sentence"}, ("Quarantine the host {hostname}, reason: {reason}", "Put host {hostname} into quarantine with the reason {reason}")),
    ("polish_lens", "Polish a lens to a thickness", {"lens": "code", "microns": "number"}, ("Polish lens {lens} to {microns} microns", "Lens {lens} has to be polished, {microns} microns")),
)  # fmt: skip


def value(d: Draw, kind: str) -> Any:
    extra = {
        "sentence": lambda: d.pick(
            (
                f"the {d.thing()} has arrived",
                f"dinner is at {d.clock()}",
                f"I lost my {d.thing()}",
                f"{d.name()} says hello",
                f"we meet in {d.city()}",
            )
        ),
        "chore": lambda: d.pick(
            (f"wash the {d.thing()}", f"ring {d.name()}", f"pack the {d.thing()}", f"renew the {d.word()} pass")
        ),
        "file": lambda: f"{d.pick(('', 'archive/', '/srv/'))}{d.coined()}.{d.pick(('docx', 'log', 'txt', 'xml'))}",
        "language": lambda: d.pick(("Swedish", "Finnish", "Hungarian", "Thai", "Hindi", "Danish", "Latin")),
        "currency": lambda: d.pick(("SEK", "INR", "BRL", "CAD", "PLN", "ZAR", "NOK", "MXN")),
    }
    return extra[kind]() if kind in extra else d.value(kind)


def arguments(d: Draw, params: dict[str, str]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    for key, kind in params.items():
        while (found := value(d, kind)) in drawn.values():
            pass
        drawn[key] = found
    return drawn


Entry = tuple[str, str, dict[str, str], tuple[str, ...]]


def declared(entry: Entry) -> dict[str, Any]:
    name, about, params, _ = entry
    return function(name, about, {key: INTEGER if kind == "number" else STRING for key, kind in params.items()})


def tools_with(d: Draw, wanted: list[Entry], pool: tuple[Entry, ...], most: int = 6) -> list[dict[str, Any]]:
    topics = {word for entry in wanted for word in entry[0].split("_")[1:]}
    others = [entry for entry in pool if entry not in wanted and topics.isdisjoint(entry[0].split("_")[1:])]
    chosen = [*wanted, *d.some(others, max(0, d.rng.randint(1, most) - len(wanted)))]
    d.rng.shuffle(chosen)
    return [declared(entry) for entry in chosen]


def _one(d: Draw, pool: tuple[Entry, ...]) -> Case:
    entry = d.pick(pool)
    args = arguments(d, entry[2])
    return Case([user(d.pick(entry[3]).format(**args))], makes_calls((entry[0], args)), tools_with(d, [entry], pool))


def known_tool(d: Draw) -> Case:
    return _one(d, KNOWN)


def novel_tool(d: Draw) -> Case:
    return _one(d, NOVEL)


TWO_CITIES = (
    "I need the weather of {a} and the one of {b}.",
    "Compare the weather of {a} with {b}",
    "Weather for both {a} and {b}",
    "How does the weather look in {a} and in {b}?",
)


def parallel(d: Draw) -> Case:
    if d.rng.random() < 0.5:
        a, b = d.some(
            ["Tashkent", "Riga", "Cusco", "Perth", "Turin", "Odessa", d.coined().capitalize(), d.coined().capitalize()],
            2,
        )
        calls = [("get_weather", {"city": a}), ("get_weather", {"city": b})]
        return Case(
            [user(d.pick(TWO_CITIES).format(a=a, b=b))],
            makes_calls(*calls),
            tools_with(d, [KNOWN[0]], KNOWN[1:] if d.rng.random() < 0 else KNOWN[:1] + KNOWN[2:]),
        )
    first, second = d.some(KNOWN[2:], 2)
    args1, args2 = arguments(d, first[2]), arguments(d, second[2])
    texts = [d.pick(e[3]).format(**a).rstrip(".") for e, a in ((first, args1), (second, args2))]
    request = d.pick(("{0}. On top of that: {1}", "Two wishes. {0}. {1}.", "{0}, and besides {1}")).format(*texts)
    return Case(
        [user(request)], makes_calls((first[0], args1), (second[0], args2)), tools_with(d, [first, second], KNOWN)
    )


def no_tool(d: Draw) -> Case:
    entry = d.pick(NOVEL)
    args = arguments(d, entry[2])
    pool = tuple(e for e in NOVEL if e is not entry)
    tools = [declared(e) for e in d.some(pool, d.rng.randint(1, 5))]
    check = lambda a: not a.calls and a.finish == "stop" and len(a.content) < 200  # noqa: E731
    return Case([user(d.pick(entry[3]).format(**args))], check, tools)


def small_talk_with_tools(d: Draw) -> Case:
    tools = [declared(e) for e in d.some(NOVEL, d.rng.randint(1, 5))]
    talk = d.pick(
        (
            "Hey assistant, hello!",
            "Hello to you",
            "Hi, good to see you",
            "Good evening to you",
            "Hello hello",
            "Thanks, that was helpful",
            "Thank you ever so much",
        )
    )
    return Case([user(talk)], lambda a: not a.calls and a.finish == "stop" and 0 < len(a.content) < 120, tools)


def _called(entry: Entry, args: dict[str, Any], result: str) -> list[dict[str, Any]]:
    call = {"id": "call_1", "type": "function", "function": {"name": entry[0], "arguments": json.dumps(args)}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    ]


def from_result(d: Draw) -> Case:
    """The answer must hold every new value that the tool returned."""
    entry = d.pick((*KNOWN[:3], *NOVEL))
    args = arguments(d, entry[2])
    fields = d.some(
        [
            "altitude",
            "verdict",
            "wind_speed",
            "humidity",
            "queue_position",
            "room",
            "expires",
            "remaining",
            "supervisor",
            "zone_name",
            "checksum",
            "platform",
        ],
        d.rng.randint(1, 3),
    )
    data = {key: d.pick((d.number, d.city, d.name, d.code, d.clock))() for key in fields}
    wanted = [str(v) for v in data.values()]
    if entry[0].endswith("weather") and d.rng.random() < 0.7:
        data = {
            "temperature": d.rng.randint(-9, 35),
            "condition": d.pick(("hail", "drizzle", "sunshine", "thunder", "mist")),
        }
        wanted = [str(v) for v in data.values()]
    messages = [user(d.pick(entry[3]).format(**args)), *_called(entry, args, json.dumps(data))]
    return Case(messages, says(*wanted), tools_with(d, [entry], NOVEL if entry in NOVEL else KNOWN, 3))


def long_tool(d: Draw) -> Case:
    """Six wordy tools after a long conversation: some 1,000 to 1,800 tokens."""
    entry = d.pick(KNOWN)
    args = arguments(d, entry[2])
    talk: list[dict[str, Any]] = []
    for _ in range(d.rng.randint(10, 18)):
        talk += [
            user(f"Please note that the {d.thing()} of {d.full_name()} is in {d.city()} with number {d.code()}."),
            {"role": "assistant", "content": "Noted."},
        ]
    tools = tools_with(d, [entry], KNOWN, 6)
    return Case([*talk, user(d.pick(entry[3]).format(**args))], makes_calls((entry[0], args)), tools)


def no_calls(answer: Answer) -> bool:
    return not answer.calls
