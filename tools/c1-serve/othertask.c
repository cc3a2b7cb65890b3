#include "othertask.h"

/* A code and its message; or, without one, the empty message that is the response of a success. */
struct row {
    enum task_kind kind;
    int code;
    const char *text;
};

static const struct row rows[] = {
    {TASK_PROVISIONING, GRPC_FAILED_PRECONDITION, "provisioning is not enabled"},
    {TASK_TICKETING, GRPC_FAILED_PRECONDITION, "ticketing is not enabled"},
    {TASK_LIST_ACTIONS, GRPC_OK, "c1.connector.v2.ListActionSchemasResponse"},
    {TASK_ACTION, GRPC_NOT_FOUND, "action not found"},
    {TASK_LIST_EVENT_FEEDS, GRPC_OK, "c1.connector.v2.ListEventFeedsResponse"},
    {TASK_LIST_EVENTS, GRPC_NOT_FOUND, "event feed not found"},
    {TASK_OTHER, GRPC_UNIMPLEMENTED, "unsupported task type"},
};

void othertask_answer(enum task_kind kind, struct outcome *o)
{
    const struct row *row = rows;

    while (row->kind != kind && row->kind != TASK_OTHER)
        row++;
    *o = (struct outcome){.failed = row->code != GRPC_OK, .final = row->code != GRPC_OK};
    if (o->failed)
        status_set(&o->status, row->code, "%s", row->text);
    else
        o->response = row->text;
}
