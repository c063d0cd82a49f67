"""The embedded engine: llama.cpp's server in a supervised child process per model.

    engine      the `Engine`: one model file behind the protocol of `engines.base`
    supervisor  keeps a child running: start on demand, restart with back-off, idle unload
    process     one life of a child: spawn, wait until ready, end
    child       what runs in the child (imports nothing of the rest)
    server      the child's HTTP routes, typed
    admission   slots and queue: how many generations run and wait
    prompt      chat request → prompt tokens: template, context check, truncation
    sampling    OpenAI's parameters → llama.cpp's, and the refusal of what it cannot do
    output      one choice: text pieces → parsed, stop sequences, log probabilities, finish reason
    generation  several choices as one sequence, and the stream that callers hold
    chat, completions, embeddings   the three kinds of request

Nothing is imported here, so that the child starts fast.
"""
