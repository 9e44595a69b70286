namespace Crm.Functions.Replies;

/// <summary>Every error code of the API, with its status and its default words.</summary>
public static class Errors
{
    public static readonly Error Validation = new(400, "VALIDATION_ERROR", "Some fields are not valid.");
    public static readonly Error Unauthorized = new(401, "UNAUTHORIZED", "Sign in first: send the header Authorization: Bearer <accessToken>.");
    public static readonly Error TokenExpired = new(401, "TOKEN_EXPIRED", "The access token has expired: use POST /auth/refresh or sign in again.");
    public static readonly Error Forbidden = new(403, "FORBIDDEN", "You are not allowed to do this.");
    public static readonly Error NotFound = new(404, "NOT_FOUND", "There is nothing at this path.");
    public static readonly Error MethodNotAllowed = new(405, "METHOD_NOT_ALLOWED", "This path does not take this method.");
    public static readonly Error VersionConflict = new(
        409, "VERSION_CONFLICT", "Somebody else changed this in the meantime: read it again and repeat your change.");
    public static readonly Error PayloadTooLarge = new(413, "PAYLOAD_TOO_LARGE", "The body is larger than 10 MiB.");
    public static readonly Error UnsupportedMediaType = new(
        415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json, or where a file is sent as multipart/form-data.");
    public static readonly Error TooManyRequests = new(429, "TOO_MANY_REQUESTS", "Too many requests: slow down.");
    public static readonly Error Internal = new(500, "INTERNAL_ERROR", "Something went wrong on our side. Quote the request id when you report it.");
    public static readonly Error Overloaded = new(503, "OVERLOADED", "The service is busy: try again in a moment.");

    public static readonly Error InvalidCredentials = new(401, "INVALID_CREDENTIALS", "E-mail or password is wrong.");
    public static readonly Error AccountInactive = new(403, "ACCOUNT_INACTIVE", "This account is inactive: ask an owner of your organisation.");
    public static readonly Error TooManyAttempts = new(429, "TOO_MANY_ATTEMPTS", "Too many failed attempts: wait before you try again.");
    public static readonly Error InvalidRefreshToken = new(401, "UNAUTHORIZED", "The refresh token is not valid any more: sign in again.");

    public static readonly Error BodyBroken = Error.Invalid("body", "The body is cut off or not as its content type says.");

    public static readonly Error UserNotFound = new(404, "USER_NOT_FOUND", "There is no such user in your organisation.");
    public static readonly Error HandOverNotFound = new(404, "HAND_OVER_NOT_FOUND", "Nothing of this member was handed over.");
    public static readonly Error UserExists = new(409, "USER_EXISTS", "There is an account with this e-mail already.");
    public static readonly Error UserInactive = new(400, "USER_INACTIVE", "This user is inactive.");
    public static readonly Error PasswordMismatch = new(400, "PASSWORD_MISMATCH", "The two passwords differ.");

    public static readonly Error InvitationNotFound = new(404, "INVITATION_NOT_FOUND", "There is no such invitation.");
    public static readonly Error InvitationInvalid = new(400, "INVITATION_INVALID", "This invitation link is not valid: ask for a new one.");
    public static readonly Error InvitationExpired = new(410, "INVITATION_EXPIRED", "This invitation has expired: ask for a new one.");
    public static readonly Error InvitationUsed = new(409, "INVITATION_USED", "This invitation was accepted already: sign in instead.");
    public static readonly Error ResetInvalid = new(400, "RESET_INVALID", "This link is not valid or was used already: ask for a new one.");
    public static readonly Error ResetExpired = new(410, "RESET_EXPIRED", "This link has expired: ask for a new one.");

    public static readonly Error ContactNotFound = new(404, "CONTACT_NOT_FOUND", "There is no such contact.");
    public static readonly Error ContactDuplicate = new(
        409, "CONTACT_DUPLICATE", "A contact with this e-mail exists already. Send allowDuplicate: true to keep both.");
    public static readonly Error TimelineEntryNotFound = new(404, "TIMELINE_ENTRY_NOT_FOUND", "There is no such timeline entry.");

    public static readonly Error ContactInactive = new(400, "CONTACT_INACTIVE", "This contact is inactive: restore it first.");

    public static readonly Error PipelineNotFound = new(404, "PIPELINE_NOT_FOUND", "There is no such pipeline.");
    public static readonly Error StageNotFound = new(404, "STAGE_NOT_FOUND", "There is no such stage.");
    public static readonly Error StageNotInPipeline = new(400, "STAGE_NOT_IN_PIPELINE", "This stage belongs to another pipeline.");
    public static readonly Error StageHasDeals = new(409, "STAGE_HAS_DEALS", "This stage still has deals: say with moveTo where they go.");
    public static readonly Error PipelineHasDeals = new(409, "PIPELINE_HAS_DEALS", "This pipeline still has deals: say with moveTo which stage they go to.");
    public static readonly Error PipelineIsDefault = new(
        409, "PIPELINE_IS_DEFAULT", "The default pipeline cannot be deleted: make another one the default first.");
    public static readonly Error DealNotFound = new(404, "DEAL_NOT_FOUND", "There is no such deal.");
    public static readonly Error DealMoved = new(409, "DEAL_MOVED", "Somebody else moved this deal in the meantime.");
    public static readonly Error LostReasonRequired = new(400, "LOST_REASON_REQUIRED", "Say with lostReason why the deal was lost.");
    public static readonly Error TaskNotFound = new(404, "TASK_NOT_FOUND", "There is no such task.");

    public static readonly Error ProductNotFound = new(404, "PRODUCT_NOT_FOUND", "There is no such product.");
    public static readonly Error SkuExists = new(409, "SKU_EXISTS", "Another product has this SKU.");

    public static readonly Error TemplateNotFound = new(404, "TEMPLATE_NOT_FOUND", "There is no such template.");
    public static readonly Error SystemTemplate = new(
        403, "SYSTEM_TEMPLATE", "Your organisation started with this template: it cannot be changed or deleted. Duplicate it and change the copy.");
    public static readonly Error InvalidTemplateSyntax = new(
        400, "INVALID_TEMPLATE_SYNTAX", "A text is no Liquid that can be sent; line and column say where, details in which field.");

    public static readonly Error CampaignNotFound = new(404, "CAMPAIGN_NOT_FOUND", "There is no such campaign.");
    public static readonly Error CampaignNotEditable = new(
        409, "CAMPAIGN_NOT_EDITABLE", "A campaign that is being sent or was sent cannot be changed: pause it first, or duplicate it.");
    public static readonly Error CampaignLocked = new(
        409, "CAMPAIGN_LOCKED", "Sending has begun: only the name, the tags and settings.ratePerMinute can still change.");
    public static readonly Error CampaignNotDeletable = new(
        409, "CAMPAIGN_NOT_DELETABLE", "Only a draft or a cancelled campaign can be deleted: cancel it first.");
    public static readonly Error CampaignStatus = new(409, "INVALID_STATUS", "The campaign's status does not allow this.");
    public static readonly Error TemplateTypeMismatch = new(400, "TEMPLATE_TYPE_MISMATCH", "The template is of another type.");
    public static readonly Error ScheduleInPast = new(400, "SCHEDULE_IN_PAST", "This time has passed: choose a later one, or send at once.");
    public static readonly Error NoRecipients = new(400, "NO_RECIPIENTS", "Nobody is to be written to: add recipients first.");
    public static readonly Error NoContent = new(400, "NO_CONTENT", "There is nothing to send: give the campaign a content or a template.");
    public static readonly Error UnknownVariables = new(
        400, "UNKNOWN_VARIABLES", "Names in the texts are in no catalogue and would be blank; variables says which and where.");
    public static readonly Error RecipientNotFound = new(404, "RECIPIENT_NOT_FOUND", "This contact is no recipient of the campaign.");
    public static readonly Error ProviderNotConfigured = new(503, "PROVIDER_NOT_CONFIGURED", "Nothing is set up that could send this.");

    public static readonly Error SmsNumberTaken = new(409, "SMS_NUMBER_TAKEN", "Another organisation sends from this number.");

    public static readonly Error ConversationNotFound = new(404, "CONVERSATION_NOT_FOUND", "There is no such conversation.");
    public static readonly Error MessageNotFound = new(404, "MESSAGE_NOT_FOUND", "There is no such message.");
    public static readonly Error MessageSent = new(409, "MESSAGE_SENT", "Only a message that waits for its time can be cancelled.");
    public static readonly Error ContactNoEmail = new(400, "CONTACT_NO_EMAIL", "This contact has no e-mail address.");
    public static readonly Error ContactNoPhone = new(400, "CONTACT_NO_PHONE", "This contact has no phone number.");
    public static readonly Error ContactUnsubscribed = new(409, "CONTACT_UNSUBSCRIBED", "This contact wants no text messages.");
    public static readonly Error AddressSuppressed = new(
        409, "ADDRESS_SUPPRESSED", "Nothing more is sent to this address: mail to it came back, or was reported as spam.");
    public static readonly Error AttachmentNotFound = new(
        404, "ATTACHMENT_NOT_FOUND", "No file that you uploaded waits under this id: it went with another message, or it was not used within a day.");
    public static readonly Error AttachmentsTooLarge = new(400, "ATTACHMENTS_TOO_LARGE", "The files of a message may have 20 MiB together.");
    public static readonly Error AttachmentsNotSupported = new(400, "ATTACHMENTS_NOT_SUPPORTED", "Files go with mails only: a text message has none.");
    public static readonly Error CannedReplyNotFound = new(404, "CANNED_REPLY_NOT_FOUND", "There is no such canned reply.");
    public static readonly Error ShortcutExists = new(409, "SHORTCUT_EXISTS", "Another canned reply has this shortcut.");
    public static readonly Error NotificationNotFound = new(404, "NOTIFICATION_NOT_FOUND", "There is no such notification.");

    public static readonly Error InvoiceNotFound = new(404, "INVOICE_NOT_FOUND", "There is no such invoice.");
    public static readonly Error InvoiceWithdrawn = new(410, "INVOICE_WITHDRAWN", "This invoice was withdrawn: ask whoever sent it to you.");
    public static readonly Error InvoicePaid = new(409, "INVOICE_PAID", "This invoice is paid: it cannot be changed any more.");
    public static readonly Error InvoiceCancelled = new(409, "INVOICE_CANCELLED", "This invoice is cancelled.");
    public static readonly Error InvoiceHasPayments = new(
        409, "INVOICE_HAS_PAYMENTS", "Something was paid for this invoice or credited: refund it, or write a credit note.");
    public static readonly Error InvoiceIsDraft = new(409, "INVALID_STATUS", "This invoice is a draft still: change it, or send it first.");
    public static readonly Error InvalidStatusTransition = new(
        409, "INVALID_STATUS_TRANSITION",
        "An invoice goes from draft to sent or cancelled, from sent or overdue to cancelled or, unpaid, back to draft; payments make it paid.");
    public static readonly Error TotalBelowPaid = new(409, "TOTAL_BELOW_PAID", "The invoice would come to less than was paid for it already.");
    public static readonly Error PaymentNotFound = new(404, "PAYMENT_NOT_FOUND", "There is no such payment.");
    public static readonly Error PaymentExceedsBalance = new(400, "PAYMENT_EXCEEDS_BALANCE", "That is more than is still to be paid.");
    public static readonly Error PaymentRefunded = new(409, "PAYMENT_REFUNDED", "All of this payment was given back already.");
    public static readonly Error RefundExceedsPayment = new(400, "REFUND_EXCEEDS_PAYMENT", "That is more than is left of the payment.");
    public static readonly Error AmountExceedsBalance = new(400, "AMOUNT_EXCEEDS_BALANCE", "That is more than is still to be paid.");
    public static readonly Error AmountTooSmall = new(400, "AMOUNT_TOO_SMALL", "Stripe takes no payment as small as this.");
    public static readonly Error CurrencyMismatch = new(400, "CURRENCY_MISMATCH", "An invoice is paid in its own currency.");
    public static readonly Error PaymentsNotConfigured = new(
        503, "PROVIDER_NOT_CONFIGURED", "Online payments are not set up here.");
    public static readonly Error ProviderError = new(502, "PROVIDER_ERROR", "The payment provider refused it.");
    public static readonly Error ProviderUnavailable = new(
        503, "PROVIDER_UNAVAILABLE", "The payment provider does not answer: try again in a moment.");
    public static readonly Error CreditExceedsTotal = new(400, "CREDIT_EXCEEDS_TOTAL", "That is more than is left to credit of the invoice.");

    public static readonly Error InvalidPassword = new(400, "INVALID_PASSWORD", "The current password is wrong.");
    public static readonly Error CannotModifySelf = new(403, "CANNOT_MODIFY_SELF", "You cannot change your own role or status: ask another owner.");
    public static readonly Error CannotRemoveSelf = new(403, "CANNOT_REMOVE_SELF", "You cannot remove yourself: ask another owner.");
    public static readonly Error LastOwner = new(409, "LAST_OWNER", "An organisation needs an active owner: make somebody else an owner first.");
    public static readonly Error ImportNotFound = new(404, "IMPORT_NOT_FOUND", "There is no such import.");
    public static readonly Error ImportNotFinished = new(409, "INVALID_STATUS", "Only a finished import that wrote something can be undone.");
    public static readonly Error ImportTooOld = new(409, "IMPORT_TOO_OLD", "An import can be undone for 30 days: the rows of this one are gone.");
    public static readonly Error InvalidType = new(400, "INVALID_TYPE", "type must be one of contacts, deals, invoices, products.");
    public static readonly Error InvalidFormat = new(400, "INVALID_FORMAT", "format must be one of csv, excel (or xlsx).");
    public static readonly Error InvalidPeriod = new(400, "INVALID_PERIOD", "period must be one of 7d, 30d, 90d, 1y.");
    public static readonly Error ExportNotFound = new(404, "EXPORT_NOT_FOUND", "There is no such export.");
    public static readonly Error ExportExpired = new(410, "EXPORT_EXPIRED", "This file is not kept any more: export it again.");
    public static readonly Error UploadRefused = new(400, "UPLOAD_ERROR", "The file is of a type that is not taken, or too large.");
    public static readonly Error UploadsNotConfigured = new(503, "PROVIDER_NOT_CONFIGURED", "No store for files is set up.");
    public static readonly Error StoreUnavailable = new(503, "PROVIDER_UNAVAILABLE", "The store for files does not answer: try again in a moment.");
    public static readonly Error NoFile = new(400, "NO_FILE", "Send the file as multipart/form-data in the field file.");

    public static readonly Error InvalidSignature = new(400, "INVALID_SIGNATURE", "The request is not signed with the key that is set up here.");
    public static readonly Error WebhookNotConfigured = new(
        503, "PROVIDER_NOT_CONFIGURED", "This webhook is not set up: its key is missing from the settings.");
    public static readonly Error EventNotFound = new(404, "EVENT_NOT_FOUND", "There is no such parked event.");
    public static readonly Error WebhookEndpointNotFound = new(404, "WEBHOOK_ENDPOINT_NOT_FOUND", "There is no such webhook endpoint.");
    public static readonly Error WebhookEndpointsFull = new(409, "WEBHOOK_ENDPOINTS_FULL", "An organisation has ten webhook endpoints at most: delete one.");
    public static readonly Error WebhookEndpointDisabled = new(409, "WEBHOOK_ENDPOINT_DISABLED", "This endpoint is disabled: enable it first.");
    public static readonly Error SuppressionNotFound = new(404, "SUPPRESSION_NOT_FOUND", "There is no such suppression.");
    public static readonly Error SuppressionStopped = new(
        409, "SUPPRESSION_STOPPED", "This number wrote STOP: only its owner can take that back, by writing START.");

    public static readonly Error IdempotencyKeyReused = new(
        409, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another body: use a new key for a new request.");
    public static readonly Error IdempotencyInProgress = new(
        409, "IDEMPOTENCY_IN_PROGRESS", "The first request with this Idempotency-Key is still running: try again in a moment.");
    public static readonly Error IdempotencyReplyLost = new(
        409, "IDEMPOTENCY_REPLY_LOST",
        "The first request with this Idempotency-Key was carried out, but its reply was lost: read the data instead of repeating it.");
}
