"""The schema as text, for `schema.graphql`."""

from coalition.graphql.schema import schema


def print_schema() -> str:
    """The whole schema in the schema language, ending with a line break."""
    return schema.as_str().rstrip() + "\n"
