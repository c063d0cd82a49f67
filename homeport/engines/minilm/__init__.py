"""The built-in embedding model, all-MiniLM-L6-v2: 384 dimensions, 512 tokens, runs on any CPU.

weights     where its published weights are, and the GGUF file made of them once per data directory
write_gguf  makes that file, in a process of its own
engine      the embedded engine on that file
"""
