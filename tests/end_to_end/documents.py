"""The documents that these tests send, as a partner or a phone would."""

ORGANISATION = "query($slug: String!) { organisation(slug: $slug) { id } }"
LOG = """mutation($input: LogActivityInput!) {
  logActivity(input: $input) { replayed activity { id code } userErrors { code field } }
}"""
PLACES = (
    '{ services(filter: {search: "arms"}) { nodes { id code canTake contactDesk pools { id available } } } }'
)
CONFIRM = """mutation($input: ConfirmCapacityInput!) {
  confirmCapacity(input: $input) { pool { available } userErrors { code field } }
}"""
HOLD = """mutation($input: HoldPlacesInput!) {
  holdPlaces(input: $input) {
    hold { id reference status contactDesk pool { id } service { district { code } } } userErrors { code }
  }
}"""
RELEASE = """mutation($input: ReleaseHoldInput!) {
  releaseHold(input: $input) { hold { status } userErrors { code } }
}"""
