"""Answers whole queries from few statements; `docs/read-path.md` tells how, with an example.

`compiling` turns a document into a plan, once: which columns each statement reads, and shapes that turn
a row into the part of the answer that it stands for. `parts` run it: one statement for the root and
all it refers to one by one, one more for each list below. What a declaration does not tell is
`Unplannable`; then, and whenever anything goes wrong on the way, the ordinary resolvers answer, which
are derived from the same declarations.
"""
