"""The built-in embedding model, all-MiniLM-L6-v2: 384 dimensions, 512 tokens, runs on any CPU.

    weights     where its published weights are, and the GGUF file made of them once per data directory
    write_gguf  makes that file, in a process of its own
    engine      the embedded engine on that file

Known quirks. The model was trained on English, on texts of up to 256 tokens. Where its vectors differ from those of the
published float32 model (cosine under 0.999), llama.cpp reads the text otherwise: it drops the spacing vowel signs of
Indic scripts, and takes words of more than 100 letters apart, which the published tokenizer gives up as unknown.
"""
