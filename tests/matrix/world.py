"""The facts of `facts.py` as rows: every field of every record has a value that could leak."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.access.actors import actor_for_bearer, actor_for_cookie
from coalition.access.desks.models import Desk, DeskOperator
from coalition.access.desks.turns import open_turn
from coalition.access.enums import SignInMethod
from coalition.access.models import Account, SignIn
from coalition.access.oauth.enums import ActsFor, ClientRefusal, ClientState, GrantType
from coalition.access.oauth.models import OAuthClient
from coalition.access.service import ClientCredentials, create_account, create_client
from coalition.access.tokens import TokenKind, token_hash
from coalition.assistance.derived import refresh_service
from coalition.assistance.enums import AssistanceKind, CanTake, CapacityUnit, HoldStatus, ServiceStatus
from coalition.assistance.models import (
    CapacityPool,
    Hold,
    HoldAttempt,
    PoolWord,
    Service,
    ServiceKind,
    ServiceLanguage,
    ServicePartner,
    ServiceTargetGroup,
)
from coalition.core.actor import ANONYMOUS, Actor, Visibility
from coalition.core.enums import Qualifier
from coalition.core.ids import new_reference, random_id
from coalition.core.partial_date import parse_partial_date
from coalition.core.tables import created_now, date_columns
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.graphql.identifiers import encode_id
from coalition.members.enums import ConsentPurpose, MembershipStatus, OrganisationKind, Pascha, Reckoning
from coalition.members.models import (
    Body,
    Consent,
    Organisation,
    Person,
    Role,
    RoleTypePermission,
    Seat,
    Territory,
)
from coalition.outreach.derived import activity_search
from coalition.outreach.enums import ActivityKind, AgeBand, ReachMethod, Sex
from coalition.outreach.models import (
    ActivityQuantity,
    ActivityReach,
    AdvocacyTarget,
    Programme,
    Statistic,
)
from coalition.training.derived import training_search
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.models import (
    AcceptedHolyDay,
    TrainingInvitation,
    TrainingOrganiser,
    TrainingSession,
    TrainingTopic,
)
from tests import factories
from tests.graphql.world import SECRETS, TEST
from tests.matrix.facts import (
    CALLERS,
    CONSENTS,
    HELD,
    MAIN_OWNERS,
    MAXIMUM,
    OCCUPIED,
    OTHER_OWNERS,
    PLACES,
    VISIBILITIES,
    Caller,
    Record,
)
from tests.support.tokens import ISSUER, access_token

HIDDEN = tuple(slug for slug, place in PLACES.items() if place.visibility != "PUBLIC")
# Both keep the fast that the days of this world fall in; what stands below them keeps it too.
RECKONINGS = {"alba": Reckoning.OLD, "bravo": Reckoning.NEW}
PUBLISHERS = ("coalition", "alba-north", "bravo", "charity", "outside")


@dataclass
class Matrix:
    """Everything that there is, by type, and everybody who asks."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    by_id: dict[str, Record] = field(default_factory=dict)
    district: str = ""

    def add(self, record: Record) -> Record:
        self.records.setdefault(record.type, []).append(record)
        self.by_id[record.id] = record
        return record

    def organisation(self, slug: str) -> Record:
        return next(record for record in self.records["Organisation"] if record.owner == slug)


def make_matrix(units: Units) -> Matrix:
    """Write all rows, and resolve everybody who asks as a request would."""
    matrix = Matrix()
    with units.writing() as uow:
        factories.foundations(uow)
        _Maker(uow, matrix).everything()
    with units.writing() as uow:
        accounts: dict[str, Any] = {}
        for caller in CALLERS:
            if caller.is_app:
                _app(uow, matrix, caller, accounts[caller.of or ""])
            elif caller.of:
                _begin_sign_in(uow, matrix, caller, accounts[caller.of])
            elif caller.home or caller.who == "no role":
                accounts[caller.name] = _account(uow, matrix, caller)
        _say_who_asked(uow, matrix, accounts)
    with units.reading() as uow:
        for caller in CALLERS:
            matrix.actors[caller.name] = _actor(uow, caller, matrix.secrets.get(caller.name))
    return matrix


def _say_who_asked(uow: UnitOfWork, matrix: Matrix, accounts: dict[str, Any]) -> None:
    """Of two apps: one asked for by somebody whose name leaves the own line, and one by somebody else."""
    for owner, name in (
        ("bravo", "coordinator in a member (bravo)"),
        ("alba-north", "coordinator in a member (alba-north)"),
    ):
        record = next(each for each in matrix.records["OAuthClient"] if each.owner == owner)
        row = uow.db.get_one(OAuthClient, str(record.key))
        row.requested_by = f"account:{accounts[name].id}"


class _Maker:
    """Makes rows one after the other; each gets a word of its own."""

    def __init__(self, uow: UnitOfWork, matrix: Matrix) -> None:
        self.uow = uow
        self.matrix = matrix
        self.count = 0
        self.rows: dict[str, Organisation] = {}

    def everything(self) -> None:
        self.district = factories.district(self.uow, "MD-DR", "Drochia", region="NORTH")
        self.other_district = factories.district(self.uow, "MD-BA", "Balti", region="NORTH")
        self.region = self.uow.db.get_one(Territory, self.district.parent_id)
        self.topic = factories.topic(self.uow, "labour")
        self.matrix.district = encode_id("District", self.district.id)
        for place in PLACES.values():
            self.organisation(place.slug)
        for number, owner in enumerate((*MAIN_OWNERS, *OTHER_OWNERS)):
            visibilities = VISIBILITIES if owner in MAIN_OWNERS else ("PRIVATE", "PUBLIC")
            for visibility in visibilities:
                beside = HIDDEN[(number * 4 + VISIBILITIES.index(visibility)) % len(HIDDEN)]
                self.activity(owner, visibility, beside)
                self.training(owner, visibility, beside)
                self.service(owner, owner, visibility, beside, protected=True)
            for visibility in visibilities[:: len(visibilities) - 1]:
                self.service(owner, owner, visibility, HIDDEN[number % len(HIDDEN)], protected=False)
            if owner in MAIN_OWNERS:
                self.service(owner, owner, "PUBLIC", HIDDEN[0], protected=bool(number % 2), draft=True)
        self.apart()
        for number, owner in enumerate(PUBLISHERS):
            for visibility in VISIBILITIES:
                self.published(owner, visibility, 10 * number)
        for owner in (*MAIN_OWNERS, *OTHER_OWNERS):
            self.system(owner)
        self.seat()
        self.uow.db.flush()

    def apart(self) -> None:
        """Services whose owner does not provide them, or that nobody listed provides; loaded assistance."""
        for visibility in ("PRIVATE", "PARTNERS"):
            for provider in ("alba-north", "bravo", "charity", "bravo-private", None):
                self.service("coalition", provider, visibility, HIDDEN[1], protected=True)
            self.service("coalition", None, visibility, HIDDEN[1], protected=False)
        self.service("alba-north", "bravo", "PRIVATE", HIDDEN[1], protected=True)
        self.activity("coalition", "PUBLIC", HIDDEN[2], kind=ActivityKind.ASSISTANCE, is_loaded=True)

    def token(self) -> str:
        self.count += 1
        return f"zq{self.count:04}"

    def common(self, owner: str, visibility: str) -> dict[str, Any]:
        return {
            "owner_id": self.rows[owner].id,
            "visibility": Visibility(visibility),
            **created_now(self.uow.now, "system:test"),
        }

    def dated(self, *names: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in names:
            found |= date_columns(name, parse_partial_date("2026-03-01"))
        return found

    def record(self, type_name: str, row: Any, token: str, **facts: Any) -> Record:
        return self.matrix.add(Record(type_name, encode_id(type_name, row.id), row.id, token=token, **facts))

    def organisation(self, slug: str) -> None:
        place, token = PLACES[slug], self.token()
        above = self.rows.get(place.parent or "")
        made = factories.organisation(
            self.uow,
            slug,
            parent=above,
            denomination="orthodox" if place.church == "alba" else "baptist",
            church_body=self.rows.get(place.church or "") if place.church != slug else None,
            is_church_body=place.church == slug,
            name={"en": f"{token} {slug}"},
            kind=OrganisationKind(place.kind),
            status=MembershipStatus(place.standing),
            visibility=Visibility(place.visibility),
            reckoning=RECKONINGS.get(slug),
            pascha=Pascha.ORTHODOX if slug in RECKONINGS else None,
            district_id=self.district.id,
            place=f"{token}place",
            country="MD",
            languages=["ro"],
            role_in_coalition=f"{token}part",
            active_from=parse_partial_date("2001").date,
            active_from_precision="YEAR",
            active_from_certainty="STATED",
            active_from_text="2001",
            source=f"{token}source",
        )
        self.rows[slug] = made
        self.record("Organisation", made, token, owner=slug, visibility=place.visibility)

    def activity(self, owner: str, visibility: str, beside: str, **values: Any) -> None:
        token = self.token()
        made = factories.activity(
            self.uow,
            self.rows[owner],
            until="2026-03-02",
            districts=(self.district,),
            topics=(self.topic,),
            partners=(self.rows[beside],),
            **{
                "code": f"{token}code",
                "visibility": Visibility(visibility),
                "title": {"en": f"{token} title"},
                **{
                    name: f"{token}{name.replace('_', '')}"
                    for name in ("form", "date_note", "place", "campaign", "source")
                },
                "cancel_reason": f"{token}reason",
                "country": "MD",
                **{
                    name: [f"{token}{name.replace('_', '')}"]
                    for name in ("audience", "materials", "organiser_names")
                },
                "people_reached": 12,
                **values,
            },
        )
        made.search = activity_search(
            made,
            organisations=[self.rows[owner], self.rows[beside]],
            districts=[self.district],
            topics=[self.topic],
        )
        self.uow.db.add(
            ActivityReach(
                activity_id=made.id, sex=Sex.FEMALE, age_band=AgeBand.A18_24, count=12,
                method=ReachMethod.HEADCOUNT, qualifier=Qualifier.ABOUT, qualifier_text=f"{token}about",
            )
        )  # fmt: skip
        self.uow.db.add(
            ActivityQuantity(
                activity_id=made.id, value=3, unit=f"{token}unit", qualifier=Qualifier.EXACT,
                qualifier_text=f"{token}exact",
            )
        )  # fmt: skip
        loaded = made.is_loaded
        self.record(
            "Activity", made, token, owner=owner, visibility=visibility, refers=(owner, beside),
            facts={"code": made.code, "assistance": loaded},
        )  # fmt: skip

    def training(self, owner: str, visibility: str, beside: str) -> None:
        token = self.token()
        made = TrainingSession(
            **self.common(owner, visibility),
            **self.dated("starts_on", "ends_on"),
            first_day=parse_partial_date("2026-03-01").date,
            last_day=parse_partial_date("2026-03-01").date,
            sort_on=parse_partial_date("2026-03-01").date,
            code=f"{token}code",
            title={"en": f"{token} title"},
            status=TrainingSessionStatus.SCHEDULED,
            record=TrainingRecord.SINGLE,
            date_note=f"{token}note",
            district_id=self.district.id,
            country="MD",
            place=f"{token}place",
            organiser_names=[f"{token}organiser"],
            funders=[f"{token}funder"],
            audience=[f"{token}audience"],
            languages=["ro"],
            sessions_count=2,
            capacity=20,
            participants_count=14,
            participants_qualifier=Qualifier.ABOUT,
            participants_qualifier_text=f"{token}about",
            source=f"{token}source",
        )
        made.search = training_search(
            made,
            organisations=[self.rows[owner], self.rows[beside]],
            district=self.district,
            topics=[self.topic],
        )
        self.uow.db.add(made)
        self.uow.db.flush()
        for position, slug in enumerate((owner, beside)):
            values = {
                "training_session_id": made.id,
                "organisation_id": self.rows[slug].id,
                "position": position,
            }
            self.uow.db.add_all([TrainingOrganiser(**values), TrainingInvitation(**values)])
            self.uow.db.add(
                AcceptedHolyDay(**values, falls_on=made.first_day, code="great_lent", reason="agreed")
            )
        self.uow.db.add(TrainingTopic(training_session_id=made.id, topic_id=self.topic.id))
        self.record(
            "TrainingSession", made, token, owner=owner, visibility=visibility, refers=(owner, beside)
        )

    def service(
        self,
        owner: str,
        provider: str | None,
        visibility: str,
        beside: str,
        *,
        protected: bool,
        draft: bool = False,
    ) -> None:
        token = self.token()
        made = Service(
            **self.common(owner, visibility),
            code=f"{token}code",
            name={"en": f"{token} Refuge, Drochia"},
            outside_name={},
            provider_id=self.rows[provider].id if provider else None,
            provider_name=None if provider else "A family of friends",
            protected=protected,
            status=ServiceStatus.DRAFT if draft else ServiceStatus.ACTIVE,
            region_id=self.region.id,
            district_id=self.district.id,
            place=f"{token}place",
            country="MD",
            languages=["ro"],
            target_groups=["women"],
            target_group_text=f"{token}group",
            stay=f"{token}stay",
            assured_on=self.uow.today,
            contact_desk=f"{token}desk",
            source=f"{token}source",
        )
        named = self.rows[provider] if provider else None
        refresh_service(
            made,
            provider=named,
            region=self.region,
            district=self.district,
            hidden=frozenset({"drochia", f"{token}place"}),
        )
        self.uow.db.add(made)
        self.uow.db.flush()
        self.uow.db.add_all(
            [
                ServiceKind(service_id=made.id, kind=AssistanceKind.TEMPORARY_RESIDENCE),
                ServiceLanguage(service_id=made.id, language="ro"),
                ServiceTargetGroup(service_id=made.id, target_group="women"),
                ServicePartner(
                    service_id=made.id, organisation_id=self.rows[beside].id, role=f"{token}partner"
                ),
                HoldAttempt(
                    service_id=made.id,
                    organisation_id=self.rows["charity"].id,
                    attempted_at=self.uow.now,
                    attempted_on=self.uow.today,
                    code="NOT_ENOUGH_PLACES",
                    created_by="system:test",
                ),
            ]
        )
        refers = (provider,) if provider else ()
        record = self.record(
            "Service", made, token, owner=owner, visibility=visibility, provider=provider,
            protected=protected, draft=draft, refers=refers, facts={"outside": f"{token} Refuge"},
        )  # fmt: skip
        self.pool(made, record)

    def pool(self, of: Service, service: Record) -> None:
        """Free now, but outsiders have heard NO and not yet that this has changed."""
        token, holder = self.token(), self.holder(service)
        made = factories.pool(
            self.uow,
            of,
            unit=CapacityUnit.BED,
            unit_text=f"{token}unit",
            target_group="women",
            target_group_text=f"{token}group",
            maximum=MAXIMUM,
            occupied=OCCUPIED if holder else OCCUPIED + HELD,
            confirmed_at=self.uow.now - timedelta(hours=1),
            stale_at=self.uow.now + timedelta(hours=71),
        )
        for sequence, word, true, shown in ((1, CanTake.NO, -120, -60), (2, CanTake.YES, -5, 60)):
            self.uow.db.add(
                PoolWord(
                    pool_id=made.id, sequence=sequence, word=word,
                    true_at=self.uow.now + timedelta(minutes=true),
                    shown_at=self.uow.now + timedelta(minutes=shown),
                )
            )  # fmt: skip
        pool = self.record("CapacityPool", made, token, service=service)
        if holder is not None:
            self.hold(of, made, pool, holder)

    def holder(self, service: Record) -> str | None:
        """An organisation whose people see the service, to hold places in it; None when there is none."""
        if service.visibility == "PRIVATE" and service.provider is None:
            return None
        public = ("alba-north", "alba-parish", "bravo", "charity", "paused", "gone")
        holders = {
            "PRIVATE": (service.provider,),
            "COALITION": ("alba-north", "alba-parish", "bravo"),
            # Held before its member was suspended, who does not see these services any more.
            "PARTNERS": ("alba-north", "alba-parish", "bravo", "charity", "paused"),
            "PUBLIC": public,
        }[service.visibility if not service.draft else "PRIVATE"]
        return holders[self.count % len(holders)]

    def hold(self, of: Service, pool_row: CapacityPool, pool: Record, holder: str) -> None:
        made = Hold(
            reference=new_reference(),
            pool_id=pool_row.id,
            service_id=of.id,
            organisation_id=self.rows[holder].id,
            quantity=HELD,
            status=HoldStatus.HELD,
            expires_at=self.uow.now + timedelta(hours=6),
            created_at=self.uow.now,
            created_by="system:test",
        )
        self.uow.db.add(made)
        self.uow.db.flush()
        self.record("Hold", made, made.reference, owner=holder, service=pool.service)

    def published(self, owner: str, visibility: str, position: int) -> None:
        position += VISIBILITIES.index(visibility)
        common = self.common(owner, visibility)
        for type_name, make in (
            ("AdvocacyTarget", self.advocacy_target),
            ("Statistic", self.statistic),
            ("Programme", self.programme),
        ):
            token = self.token()
            row = make(token, {**common, "code": f"{token}code", "source": f"{token}source"}, position)
            self.uow.db.add(row)
            self.uow.db.flush()
            self.record(type_name, row, token, owner=owner, visibility=visibility)

    def advocacy_target(self, token: str, common: dict[str, Any], _position: int) -> AdvocacyTarget:
        return AdvocacyTarget(
            **common,
            **self.dated("dated_on", "period_from", "period_to"),
            kind="LAW",
            stage="ADOPTED",
            name={"en": f"{token} name"},
            number=f"{token}number",
            issuer=f"{token}issuer",
            date_note=f"{token}note",
            amount=5.0,
            currency="MDL",
        )

    def statistic(self, token: str, common: dict[str, Any], position: int) -> Statistic:
        texts = ("population", "sex", "age_group", "form", "qualifier", "publisher", "unit")
        return Statistic(
            **common,
            **self.dated("period_from", "period_to"),
            **{name: f"{token}{name.replace('_', '')}" for name in texts},
            position=position,
            indicator=f"{token} indicator",
            destination="DE",
            value=7.0,
        )

    def programme(self, token: str, common: dict[str, Any], position: int) -> Programme:
        return Programme(
            **common,
            **self.dated("period_from", "period_to"),
            **{name: [f"{token}{name}"] for name in ("donors", "implementers", "partners", "countries")},
            position=position,
            name=f"{token} name",
            amount=5.0,
            currency="MDL",
            amount_note=f"{token}note",
        )

    def system(self, owner: str) -> None:
        """An app that waits to be let in, with all that an app can have; nobody is known to have asked."""
        token = self.token()
        made = OAuthClient(
            client_id=str(random_id()),
            name=f"{token} app",
            purpose=f"{token}purpose",
            acts_for=ActsFor.PERSON,
            is_public=True,
            state=ClientState.REQUESTED,
            organisation_id=self.rows[owner].id,
            scopes=["coalition:read"],
            grant_types=[GrantType.AUTHORIZATION_CODE.value],
            redirect_uris=[f"https://{token}.example.org/back"],
            expires_at=self.uow.now + timedelta(days=9),
            requested_by=f"account:{random_id()}",
            approved_at=self.uow.now,
            refusal=ClientRefusal.UNCLEAR,
            last_used_on=self.uow.today,
            previous_secret_ends_at=self.uow.now + timedelta(hours=1),
            created_at=self.uow.now,
            updated_at=self.uow.now,
        )
        self.uow.db.add(made)
        self.uow.db.flush()
        self.record("OAuthClient", made, token, owner=owner, visibility="", facts={"waits": True})

    def seat(self) -> None:
        """A seat held for an organisation that not everybody sees, beside what everybody sees."""
        council = self.uow.db.scalars(sa.select(Body).where(Body.code == "council")).one()
        made = Seat(body_id=council.id, held_for_id=self.rows["bravo-private"].id)
        self.uow.db.add(made)
        self.uow.db.flush()
        self.record("Seat", made, "")
        self.record("Body", council, "")
        self.record("District", self.district, "")
        denomination = self.rows["alba"].denomination_id
        assert denomination is not None
        self.matrix.add(Record("Denomination", encode_id("Denomination", denomination), denomination))


def _account(uow: UnitOfWork, matrix: Matrix, caller: Caller) -> Account | OAuthClient:
    """The account with its roles, or the client; with the token that its browser or system would send."""
    organisations = {row.slug: row.id for row in uow.db.scalars(sa.select(Organisation))}
    digest = hashlib.sha256(caller.name.encode()).hexdigest()
    if caller.is_client:
        return _client(uow, matrix, caller, organisations[caller.home or ""], str(UUID(digest[:32])))
    account = create_account(
        uow, TEST, email=f"p{digest[:12]}@demo.invalid", name=f"Zz{digest[:12]}", is_demo=True
    )
    first, last = caller.days
    person = _person(uow, matrix, caller, account)
    for role_type, home in caller.roles:
        role = Role(
            person_id=account.person_id,
            organisation_id=organisations[home],
            role_type=role_type,
            starts_on=uow.today + timedelta(days=first),
            ends_on=None if last is None else uow.today + timedelta(days=last),
        )
        uow.db.add(role)
        uow.db.flush()
        state = "FUTURE" if first > 0 else "ENDED" if last is not None and last < 0 else "ACTIVE"
        made = Record(
            "Role", encode_id("Role", role.id), role.id, home, person=person, facts={"state": state}
        )
        person.roles.append(matrix.add(made))
    sign_in = _begin_sign_in(uow, matrix, caller, account)
    if caller.is_desk:
        _share(uow, account, organisations[caller.home or ""], sign_in)
    return account


def _begin_sign_in(uow: UnitOfWork, matrix: Matrix, caller: Caller, account: Account) -> SignIn:
    token = f"{TokenKind.SIGN_IN}_{hashlib.sha256(caller.name.encode()).hexdigest()}"
    made = SignIn(
        account_id=account.id,
        token_hash=token_hash(SECRETS, token),
        method=SignInMethod.PASSWORD,
        with_second_factor=True,
        created_at=uow.now,
        proven_at=uow.now,
        last_seen_at=uow.now,
        expires_at=uow.now + timedelta(days=1),
    )
    uow.db.add(made)
    uow.db.flush()
    matrix.secrets[caller.name] = token
    return made


def _share(uow: UnitOfWork, account: Account, home: UUID, sign_in: SignIn) -> None:
    """Make an account that of a desk, with an operator at the browser of this sign-in and no other."""
    uow.db.add(Desk(account_id=account.id, organisation_id=home, operators_made=1, created_at=uow.now))
    uow.db.flush()
    operator = DeskOperator(desk_id=account.id, number=1, label="AB", created_at=uow.now)
    uow.db.add(operator)
    uow.db.flush()
    open_turn(uow, operator, sign_in_id=sign_in.id, idle=timedelta(minutes=15))


def _person(uow: UnitOfWork, matrix: Matrix, caller: Caller, account: Account) -> Record:
    row = uow.db.get_one(Person, account.person_id)
    row.languages = ["ro"]
    consent = CONSENTS.get(caller.name)
    if consent is not None:
        uow.db.add(Consent(person_id=row.id, purpose=ConsentPurpose(consent), version="1", given_at=uow.now))
    opaque = encode_id("Person", row.id)
    truth = {"id": opaque, "name": row.name, "languages": ["ro"], "email": account.email, "roles": []}
    facts = {"caller": caller.name, "consent": consent, "truth": {**truth, "anonymised": False}}
    return matrix.add(Record("Person", opaque, row.id, token=row.name, facts=facts))


def _client(uow: UnitOfWork, matrix: Matrix, caller: Caller, home: UUID, client_id: str) -> OAuthClient:
    permissions = sa.select(RoleTypePermission.permission).where(RoleTypePermission.role_type == caller.who)
    scopes = list(uow.db.scalars(permissions))
    create_client(
        uow,
        SECRETS,
        TEST,
        name=f"Demo system of {caller.home}",
        organisation_id=home,
        role_type=caller.who,
        scopes=scopes,
        credentials=ClientCredentials(client_id, f"ccs_{client_id}"),
    )
    token = access_token(uow, SECRETS, client_id, scopes)
    matrix.secrets[caller.name] = token
    client = uow.db.get_one(OAuthClient, client_id)
    opaque = encode_id("OAuthClient", client.id)
    record = Record("OAuthClient", opaque, client.id, caller.home or "", "", facts={"waits": False})
    matrix.add(record)
    return client


def _app(uow: UnitOfWork, matrix: Matrix, caller: Caller, account: Account) -> None:
    """An app that may ask for more than it was allowed, with the token that it was given for this."""
    slug = caller.home or ""
    home = uow.db.scalars(sa.select(Organisation.id).where(Organisation.slug == slug)).one()
    made = OAuthClient(
        client_id=str(random_id()),
        name=f"Demo app of {slug}",
        purpose="Does what it is allowed.",
        acts_for=ActsFor.PERSON,
        is_public=True,
        organisation_id=home,
        scopes=sorted(uow.db.scalars(sa.select(RoleTypePermission.permission).distinct())),
        grant_types=[GrantType.AUTHORIZATION_CODE.value],
        redirect_uris=["https://app.example.org/back"],
        created_at=uow.now,
        updated_at=uow.now,
    )
    uow.db.add(made)
    uow.db.flush()
    matrix.add(
        Record("OAuthClient", encode_id("OAuthClient", made.id), made.id, slug, "", facts={"waits": False})
    )
    matrix.secrets[caller.name] = access_token(
        uow, SECRETS, made.client_id, caller.scopes, account_id=account.id
    )


def _actor(uow: UnitOfWork, caller: Caller, secret: str | None) -> Actor:
    """Who a request with this token or cookie is from."""
    if secret is None:
        return ANONYMOUS
    if caller.sends_token:
        actor = actor_for_bearer(uow, SECRETS, secret, issuer=ISSUER)
    else:
        found = actor_for_cookie(uow, SECRETS, secret)
        actor = found[0] if found else None
    assert actor is not None, f"{caller.name} is not let in"
    return actor


def cells_of(matrix: Matrix, type_name: str) -> Iterator[tuple[Caller, Record]]:
    """Every caller with every record of a type."""
    for caller in CALLERS:
        for record in matrix.records[type_name]:
            yield caller, record
