"""TikTok's facts as data: each row with its source and the date at which it was read. Code reads them, nothing repeats them.

`events`, `fields`, `places`, `limits`, `codes` and `return_codes` give typed views; the JSON files beside them hold the
facts. Sources in capitals (EP, PM) are named at the top of the file that uses them.
"""
