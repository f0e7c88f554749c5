"""Turns the rules of a configuration into a type and straight-line code, once, instead of walking them for each record.

1. `wishes` and `input_type`: the rules' paths → a msgspec type that holds what they read and nothing else.
2. `binding`: the same rules, with paths that read that type; whatever has no code of its own is walked as ever.
3. `code`: the rules → Python source, one function for each event source (`explain CONFIG --plan` prints it), written with
   a `pen`: its beginning by `frame`, the fields by `event_fields` and `items`, the entries by `ending`.
4. `shapes`, `quick`, `telephones`: how the source knows the common shape of a value. All others it leaves to the
   interpreter's readers, which it reaches through `runtime`.
5. `compiled_plan`: decodes, runs the code, and gives to the interpreter whatever the type or the code refuses. `soundness`
   judges what the type passes over; `rows` joins the rows of one event.

Two engines, one truth: the interpreter says what is right, and tests hold the code to it, byte for byte.
"""
