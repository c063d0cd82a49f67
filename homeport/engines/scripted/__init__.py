"""The scripted engine: answers from a file, always the same. For tests, documentation and trying out clients.

A script is TOML (or JSON of the same shape). The first rule that applies answers.

    models = ["scripted"]          # the names it serves; this is the default
    context_length = 8192

    [[rules]]                      # When does a rule apply? All that is given must hold:
    match = "(?i)weather"          #   this pattern is found in the last user message, or in the prompt
    role = "user"                  #   the last message has this role
    model = "scripted"             #   this model was asked
    times = 1                      #   it has answered fewer times than this; then the next rule gets its turn
    reply = "It rains in {input}"  # What is said; {input} is the text that `match` looked at.
                                   # A list of texts answers choice 0, 1, … of a request with `n`.
    reasoning = "Let me see."      # goes before, as `reasoning_content`
    tool_calls = [{name = "get_weather", arguments = {city = "Tokyo"}}]
                                   # A rule with tool calls applies only where the request offers these tools.
                                   # Arguments may be a string, which is sent as it is, valid or not.
    finish_reason = "stop"         # default: tool_calls or stop; length where max_tokens cut the answer
    delay_s = 0.5                  # before the first event
    interval_s = 0.01              # between events

    [[rules]]
    chunks = ["Hel", {text = "lo", delay_s = 0.2}]   # the reply, cut by hand: streamed just so
    die_after = 1                  # the engine fails after this many events; 0: before the first

    [[rules]]
    error = {status = 429, message = "Slow down.", code = "rate_limit_exceeded", retry_after_s = 2}

A token is a word with the white space before it. A chat prompt costs one token a message and one for the reply,
besides the words of the messages and of the tools' JSON. Sampling parameters are taken and change nothing; what would
change the shape of an answer and is not mentioned here is refused. A request that no rule applies to is a 502.
"""

from homeport.engines.scripted.engine import ScriptedEngine as ScriptedEngine
