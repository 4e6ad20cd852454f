"""Every table of the product, imported so that the metadata is whole: for migrations, backups and tests."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from coalition.access import models as access_models
from coalition.access.desks import models as desk_models
from coalition.access.factors import models as factor_models
from coalition.access.oauth import models as oauth_models
from coalition.access.providers import models as provider_models
from coalition.assistance import models as assistance_models
from coalition.audit import models as audit_models
from coalition.core import data_version, events, idempotency, job_runs
from coalition.members import models as member_models
from coalition.outreach import models as outreach_models
from coalition.training import models as training_models

ROOMS = (
    data_version,
    events,
    idempotency,
    job_runs,
    audit_models,
    member_models,
    outreach_models,
    training_models,
    assistance_models,
    access_models,
    oauth_models,
    factor_models,
    provider_models,
    desk_models,
)

metadata: MetaData = SQLModel.metadata
