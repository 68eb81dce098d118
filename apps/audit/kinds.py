"""What can stand in the log. A kind is a plain text in its row, so that a new one needs no migration."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    LOG_IN = "log_in", _("logged in")
    LOG_IN_FAILED = "log_in_failed", _("a log-in failed")
    PASSWORD_CHANGED = "password_changed", _("changed their password")
    SECOND_FACTOR_ON = "second_factor_on", _("set up a second factor")
    SECOND_FACTOR_OFF = "second_factor_off", _("removed their second factor")
    RECOVERY_CODE_USED = "recovery_code_used", _("used a recovery code")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("made new recovery codes")
    SESSIONS_ENDED = "sessions_ended", _("ended sessions")
    INVITED = "invited", _("invited")
    INVITATION_REVOKED = "invitation_revoked", _("revoked an invitation")
    JOINED = "joined", _("joined")
    ROLE_CHANGED = "role_changed", _("changed a role")
    MEMBER_REMOVED = "member_removed", _("removed a member")
    SETTINGS_CHANGED = "settings_changed", _("changed settings")
    DOCUMENT_DELETED = "document_deleted", _("deleted a document")
    EMBEDDER_CHANGED = "embedder_changed", _("asked for another embedder")
    EMBEDDER_TAKEN_BACK = "embedder_taken_back", _("asked for the embedder before")
    EMBEDDER_CANCELLED = "embedder_cancelled", _("cancelled a change of the embedder")
    CONTACT_EXPORTED = "contact_exported", _("exported a customer's data")
    EXPORT_TAKEN = "export_taken", _("took a file of a customer's data")
    CONTACT_ERASED = "contact_erased", _("erased a customer")
    LOG_EXPORTED = "log_exported", _("exported this log")
    TOKEN_MADE = "token_made", _("made an access token")
    TOKEN_REVOKED = "token_revoked", _("revoked an access token")
    TOKEN_USED = "token_used", _("acted by an access token")
    RUN_STARTED = "run_started", _("started a run")
    RUN_CANCELLED = "run_cancelled", _("cancelled a run")
    RUN_PROPOSED = "run_proposed", _("proposed a run")
    DEPLOY_ASKED = "deploy_asked", _("asked for a deployment")
    GATE_OVERRIDDEN = "gate_overridden", _("overrode the gate")
    WENT_LIVE = "went_live", _("put a model live")
    TRIAL_STARTED = "trial_started", _("started a trial")
    TRIAL_STOPPED = "trial_stopped", _("stopped a trial")
    DEPLOY_FAILED = "deploy_failed", _("a deployment failed")
    ROLLED_BACK = "rolled_back", _("rolled back")


def label_of(kind: str) -> str:
    return str(Kind(kind).label) if kind in Kind.values else kind
