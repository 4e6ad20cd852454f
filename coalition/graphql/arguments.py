"""Arguments that many fields take, each described once."""

from __future__ import annotations

from typing import Annotated

import strawberry

Language = Annotated[
    str | None,
    strawberry.argument(
        description="BCP 47 tag of the language wanted; else the request's, then ro, en, any."
    ),
]
Quantity = Annotated[int, strawberry.argument(description="How many places: 1 to 50.")]
TargetGroup = Annotated[
    str | None, strawberry.argument(description="For whom, as a code; none asks for no group in particular.")
]
DistrictName = Annotated[str | None, strawberry.argument(description="Code or any spelling of a district.")]
AnyID = Annotated[strawberry.ID, strawberry.argument(description="An id from an earlier answer.")]
AnyIDs = Annotated[
    list[strawberry.ID], strawberry.argument(description="Ids from earlier answers; at most 100.")
]
Slug = Annotated[str, strawberry.argument(description="Its shareable name.")]
Code = Annotated[str, strawberry.argument(description="Its shareable code.")]
Country = Annotated[
    str | None, strawberry.argument(description="ISO 3166-1 alpha-2; null for all countries.")
]
Indicator = Annotated[str | None, strawberry.argument(description="What is counted, as published.")]

CHOSEN_BY = strawberry.argument(description="Which ones; without it all that you may see.")
WHAT = strawberry.argument(description="What is to be done.")
