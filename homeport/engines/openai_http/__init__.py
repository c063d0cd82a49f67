"""Engines that speak OpenAI over HTTP: vLLM, SGLang, Ollama, llama.cpp's server, OpenAI itself.

engine    the `Engine`: requests out, answers in, retries before the first byte
replicas  which peer is asked, and what is known of its health
relay     a peer's stream as canonical blocks
refusals  a peer's errors as ours
usage     token counts, and estimates where a peer sends none
listing   a peer's models and context lengths
tokens    a peer's tokenizer
"""

from homeport.engines.openai_http.engine import OpenAIHTTPEngine as OpenAIHTTPEngine
