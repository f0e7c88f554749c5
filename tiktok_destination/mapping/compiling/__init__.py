"""Turns the rules of a configuration into a type and straight-line code, once, instead of walking them for each record.

1. `wishes` and `input_type`: the rules' paths → a msgspec type that holds what they read and nothing else.
2. `binding`: the same rules, with paths that read that type; whatever has no code of its own is walked as ever.
3. `code`: the rules → Python source, one function for each event source (`explain CONFIG --plan` prints it).
4. `runtime`: what the source calls. A quick reader knows the common shape of a value and leaves the rest to the
   interpreter's reader.
5. `compiled_plan`: decodes, runs the code, and gives to the interpreter whatever the type or the code refuses.

Two engines, one truth: the interpreter says what is right, and tests hold the code to it, byte for byte.
"""
