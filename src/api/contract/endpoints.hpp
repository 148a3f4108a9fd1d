#pragma once

#include <api/contract/endpoint.hpp>

#include <boost/mp11/list.hpp>

namespace itsup::api::contract {

using access::Permission;

/// Defaults that most endpoints share.
struct Endpoint {
    using Path = None;
    using Query = None;
    using Body = None;
    using Reply = None;
};

struct GetHealth : Endpoint {
    static constexpr Info info{.path = "/health",
                               .id = "getHealth",
                               .tag = "system",
                               .summary = "Is the daemon well, and what it stands on?",
                               .permission = open_to_all};
    using Reply = HealthView;
};
struct GetReady : Endpoint {
    static constexpr Info info{.path = "/health/ready",
                               .id = "getReady",
                               .tag = "system",
                               .summary = "Could a deploy run now? 503 when not.",
                               .permission = open_to_all,
                               .needs_engine = true};
    using Reply = HealthView;
};
struct GetVersion : Endpoint {
    static constexpr Info info{.path = "/version",
                               .id = "getVersion",
                               .tag = "system",
                               .summary = "Version, commit and API level.",
                               .permission = open_to_all};
    using Reply = VersionView;
};
struct GetOpenApi : Endpoint {
    static constexpr Info info{.path = "/openapi.json",
                               .id = "getOpenApi",
                               .tag = "system",
                               .summary = "This document.",
                               .permission = open_to_all,
                               .shape = Shape::text};
};
struct GetSchema : Endpoint {
    static constexpr Info info{.path = "/schemas/{name}",
                               .id = "getSchema",
                               .tag = "system",
                               .summary = "JSON Schema of one kind of configuration file.",
                               .permission = open_to_all,
                               .shape = Shape::text,
                               .media = "application/schema+json",
                               .may_miss = true};
    using Path = SchemaPath;
};
struct GetMetrics : Endpoint {
    static constexpr Info info{.path = "/metrics",
                               .id = "getMetrics",
                               .tag = "system",
                               .summary = "Prometheus metrics.",
                               .permission = Permission::view_metrics,
                               .shape = Shape::text,
                               .media = "text/plain; version=0.0.4"};
};

struct Login : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/auth/login",
                               .id = "login",
                               .tag = "auth",
                               .summary = "Open a session for the web app.",
                               .permission = open_to_all,
                               .audit = "auth.login"};
    using Body = LoginRequest;
    using Reply = MeView;
};
struct Logout : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/auth/logout",
                               .id = "logout",
                               .tag = "auth",
                               .summary = "End the session.",
                               .permission = Permission::own_session,
                               .audit = "auth.logout",
                               .status = 204};
};
struct GetMe : Endpoint {
    static constexpr Info info{.path = "/auth/me",
                               .id = "getMe",
                               .tag = "auth",
                               .summary = "Who am I, and what may I do?",
                               .permission = Permission::own_session};
    using Reply = MeView;
};

struct ListProjects : Endpoint {
    static constexpr Info info{.path = "/projects",
                               .id = "listProjects",
                               .tag = "projects",
                               .summary = "Every project with its live state.",
                               .permission = Permission::view_projects};
    using Query = ProjectsQuery;
    using Reply = ProjectList;
};
struct GetProject : Endpoint {
    static constexpr Info info{.path = "/projects/{name}",
                               .id = "getProject",
                               .tag = "projects",
                               .summary = "One project with services and containers.",
                               .permission = Permission::view_projects,
                               .may_miss = true};
    using Path = NamePath;
    using Reply = ProjectDetail;
};
struct ListServices : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/services",
                               .id = "listServices",
                               .tag = "projects",
                               .summary = "A project's services.",
                               .permission = Permission::view_projects,
                               .may_miss = true};
    using Path = NamePath;
    using Reply = ServiceList;
};
struct GetService : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/services/{service}",
                               .id = "getService",
                               .tag = "projects",
                               .summary = "One service.",
                               .permission = Permission::view_projects,
                               .may_miss = true};
    using Path = ServicePath;
    using Reply = ServiceView;
};
struct ValidateProject : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/validate",
                               .id = "validateProject",
                               .tag = "projects",
                               .summary = "Every problem with file, line, column and hint.",
                               .permission = Permission::view_projects,
                               .may_miss = true};
    using Path = NamePath;
    using Reply = ValidationReport;
};
struct PlanProject : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/plan",
                               .id = "planProject",
                               .tag = "projects",
                               .summary = "What a deploy would do, and why.",
                               .permission = Permission::view_projects,
                               .may_miss = true,
                               .may_conflict = true,
                               .needs_engine = true};
    using Path = NamePath;
    using Reply = PlanView;
};
struct DeployProject : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/projects/{name}/deploy",
                               .id = "deployProject",
                               .tag = "projects",
                               .summary = "Deploy without downtime.",
                               .permission = Permission::deploy_project,
                               .audit = "project.deploy",
                               .status = 202,
                               .may_miss = true,
                               .may_conflict = true,
                               .needs_engine = true,
                               .takes_idempotency_key = true};
    using Path = NamePath;
    using Body = DeployRequest;
    using Reply = DeploymentView;
};

template <Permission P>
struct OperationBase : Endpoint {
    using Path = NamePath;
    using Body = ActionRequest;
    using Reply = DeploymentView;

  protected:
    static constexpr Info make(std::string_view path, std::string_view id, std::string_view tag,
                               std::string_view summary, std::string_view audit) {
        return {.method = Method::post,
                .path = path,
                .id = id,
                .tag = tag,
                .summary = summary,
                .permission = P,
                .audit = audit,
                .status = 202,
                .may_miss = true,
                .may_conflict = true,
                .needs_engine = true,
                .takes_idempotency_key = true};
    }
};
using ProjectOperation = OperationBase<Permission::operate_project>;
using StackOperation = OperationBase<Permission::operate_stack>;

struct StartProject : ProjectOperation {
    static constexpr Info info = make("/projects/{name}/start", "startProject", "projects",
                                      "Start the stopped containers.", "project.start");
};
struct StopProject : ProjectOperation {
    static constexpr Info info = make("/projects/{name}/stop", "stopProject", "projects",
                                      "Stop the containers and keep them.", "project.stop");
};
struct RestartProject : ProjectOperation {
    static constexpr Info info = make("/projects/{name}/restart", "restartProject", "projects",
                                      "Restart the containers.", "project.restart");
};
struct PullProject : ProjectOperation {
    static constexpr Info info = make("/projects/{name}/pull", "pullProject", "projects",
                                      "Pull the images; nothing is replaced.", "project.pull");
};
struct DownProject : ProjectOperation {
    static constexpr Info info =
        make("/projects/{name}/down", "downProject", "projects",
             "Stop and remove the containers; volumes stay.", "project.down");
};

struct ListProjectDeployments : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/deployments",
                               .id = "listProjectDeployments",
                               .tag = "deployments",
                               .summary = "A project's deployments, newest first.",
                               .permission = Permission::view_deployments,
                               .may_miss = true};
    using Path = NamePath;
    using Query = DeploymentPageQuery;
    using Reply = DeploymentList;
};
struct ListDeployments : Endpoint {
    static constexpr Info info{.path = "/deployments",
                               .id = "listDeployments",
                               .tag = "deployments",
                               .summary = "All deployments, newest first.",
                               .permission = Permission::view_deployments};
    using Query = DeploymentsQuery;
    using Reply = DeploymentList;
};
struct GetDeployment : Endpoint {
    static constexpr Info info{.path = "/deployments/{id}",
                               .id = "getDeployment",
                               .tag = "deployments",
                               .summary = "One deployment with its steps.",
                               .permission = Permission::view_deployments,
                               .may_miss = true};
    using Path = IdPath;
    using Reply = DeploymentView;
};
struct WatchDeployment : Endpoint {
    static constexpr Info info{.path = "/deployments/{id}/events",
                               .id = "watchDeployment",
                               .tag = "deployments",
                               .summary = "Its record from the first event on, then live.",
                               .permission = Permission::view_deployments,
                               .shape = Shape::events,
                               .media = "text/event-stream",
                               .may_miss = true};
    using Path = IdPath;
    using Query = FollowQuery;
};
struct CancelDeployment : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/deployments/{id}/cancel",
                               .id = "cancelDeployment",
                               .tag = "deployments",
                               .summary = "Cancel it; the old containers keep serving.",
                               .permission = Permission::cancel_deployment,
                               .audit = "deployment.cancel",
                               .status = 202,
                               .may_miss = true,
                               .may_conflict = true};
    using Path = IdPath;
    using Reply = DeploymentView;
};

struct ProjectLogs : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/logs",
                               .id = "getProjectLogs",
                               .tag = "streams",
                               .summary = "A project's logs, merged by time.",
                               .permission = Permission::view_logs,
                               .shape = Shape::records,
                               .media = "text/plain",
                               .may_miss = true,
                               .needs_engine = true};
    using Path = NamePath;
    using Query = LogsQuery;
};
struct ProjectStats : Endpoint {
    static constexpr Info info{.path = "/projects/{name}/stats",
                               .id = "getProjectStats",
                               .tag = "streams",
                               .summary = "CPU, memory, network and disk of its containers.",
                               .permission = Permission::view_projects,
                               .shape = Shape::samples,
                               .media = "application/x-ndjson",
                               .may_miss = true,
                               .needs_engine = true};
    using Path = NamePath;
    using Query = StatsQuery;
};
struct WatchEvents : Endpoint {
    static constexpr Info info{.path = "/events",
                               .id = "watchEvents",
                               .tag = "streams",
                               .summary = "Everything that changes, as it changes.",
                               .permission = Permission::view_events,
                               .shape = Shape::events,
                               .media = "text/event-stream"};
    using Query = EventsQuery;
};
struct OpenSocket : Endpoint {
    static constexpr Info info{.path = "/ws",
                               .id = "openSocket",
                               .tag = "streams",
                               .summary = "One WebSocket for many subscriptions.",
                               .permission = Permission::view_events,
                               .status = 101,
                               .shape = Shape::websocket};
};

struct ListStacks : Endpoint {
    static constexpr Info info{.path = "/stacks",
                               .id = "listStacks",
                               .tag = "stacks",
                               .summary = "dns, proxy, every project's stack, and orphans.",
                               .permission = Permission::view_stacks};
    using Query = PageQuery;
    using Reply = StackList;
};
struct GetStackStatus : Endpoint {
    static constexpr Info info{.path = "/stacks/{name}/status",
                               .id = "getStackStatus",
                               .tag = "stacks",
                               .summary = "A stack's services and containers.",
                               .permission = Permission::view_stacks,
                               .may_miss = true};
    using Path = NamePath;
    using Reply = StackView;
};
struct StackLogs : Endpoint {
    static constexpr Info info{.path = "/stacks/{name}/logs",
                               .id = "getStackLogs",
                               .tag = "streams",
                               .summary = "A stack's logs, merged by time.",
                               .permission = Permission::view_logs,
                               .shape = Shape::records,
                               .media = "text/plain",
                               .may_miss = true,
                               .needs_engine = true};
    using Path = NamePath;
    using Query = LogsQuery;
};
struct UpStack : StackOperation {
    using Body = UpRequest;
    static constexpr Info info = make("/stacks/{name}/up", "upStack", "stacks",
                                      "Generate, then bring the stack up.", "stack.up");
};
struct DownStack : StackOperation {
    static constexpr Info info = make("/stacks/{name}/down", "downStack", "stacks",
                                      "Stop and remove the stack's containers.", "stack.down");
};
struct StopStack : StackOperation {
    static constexpr Info info = make("/stacks/{name}/stop", "stopStack", "stacks",
                                      "Stop the stack's containers and keep them.", "stack.stop");
};
struct RestartStack : StackOperation {
    static constexpr Info info = make("/stacks/{name}/restart", "restartStack", "stacks",
                                      "Restart the stack's containers.", "stack.restart");
};

struct GetReconcile : Endpoint {
    static constexpr Info info{.path = "/reconcile",
                               .id = "getReconcile",
                               .tag = "reconcile",
                               .summary = "What runs, what the repositories want, and the drift.",
                               .permission = Permission::view_reconcile};
    using Reply = ReconcileView;
};
struct StartReconcile : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/reconcile",
                               .id = "startReconcile",
                               .tag = "reconcile",
                               .summary = "Pull the repositories and deploy what changed.",
                               .permission = Permission::reconcile,
                               .audit = "reconcile.start",
                               .status = 202};
    using Reply = ReconcileRunView;
};
struct ListReconcileRuns : Endpoint {
    static constexpr Info info{.path = "/reconcile/runs",
                               .id = "listReconcileRuns",
                               .tag = "reconcile",
                               .summary = "All runs, newest first.",
                               .permission = Permission::view_reconcile};
    using Query = DeploymentPageQuery;
    using Reply = ReconcileRunList;
};
struct GetReconcileRun : Endpoint {
    static constexpr Info info{.path = "/reconcile/runs/{id}",
                               .id = "getReconcileRun",
                               .tag = "reconcile",
                               .summary = "One run.",
                               .permission = Permission::view_reconcile,
                               .may_miss = true};
    using Path = IdPath;
    using Reply = ReconcileRunView;
};

struct ReceiveWebhook : Endpoint {
    static constexpr Info info{.method = Method::post,
                               .path = "/webhooks/{provider}",
                               .id = "receiveWebhook",
                               .tag = "reconcile",
                               .summary = "A push: reconcile, or deploy one project.",
                               .permission = Permission::receive_webhook,
                               .credential = Credential::webhook,
                               .audit = "webhook.receive",
                               .status = 202,
                               .may_miss = true,
                               .may_conflict = true,
                               .needs_engine = true};
    using Path = WebhookPath;
    using Query = WebhookQuery;
    using Reply = WebhookView;
};
struct UpdateUpstream : Endpoint {
    static constexpr Info info{.path = "/update-upstream/{name}",
                               .id = "updateUpstream",
                               .tag = "reconcile",
                               .summary = "The older webhook: deploy a project, or everything.",
                               .permission = Permission::receive_webhook,
                               .credential = Credential::older_key,
                               .audit = "webhook.update",
                               .may_miss = true,
                               .may_conflict = true,
                               .needs_engine = true};
    using Path = UpdatePath;
    using Query = OlderKeyQuery;
    using Reply = WebhookView;
};
struct UpdateUpstreamService : Endpoint {
    static constexpr Info info{.path = "/update-upstream/{name}/{service}",
                               .id = "updateUpstreamService",
                               .tag = "reconcile",
                               .summary = "The older webhook: deploy one service.",
                               .permission = Permission::receive_webhook,
                               .credential = Credential::older_key,
                               .audit = "webhook.update",
                               .may_miss = true,
                               .may_conflict = true,
                               .needs_engine = true};
    using Path = ServicePath;
    using Query = OlderKeyQuery;
    using Reply = WebhookView;
};

/// Every endpoint, once. A new one is added here and answered in api/handlers; forgetting the
/// answer is a link error.
using Endpoints = boost::mp11::mp_list<
    GetHealth, GetReady, GetVersion, GetOpenApi, GetSchema, GetMetrics, Login, Logout, GetMe,
    ListProjects, GetProject, ListServices, GetService, ValidateProject, PlanProject, DeployProject,
    StartProject, StopProject, RestartProject, PullProject, DownProject, ListProjectDeployments,
    ListDeployments, GetDeployment, WatchDeployment, CancelDeployment, ProjectLogs, ProjectStats,
    WatchEvents, OpenSocket, ListStacks, GetStackStatus, StackLogs, UpStack, DownStack, StopStack,
    RestartStack, GetReconcile, StartReconcile, ListReconcileRuns, GetReconcileRun, ReceiveWebhook,
    UpdateUpstream, UpdateUpstreamService>;

}  // namespace itsup::api::contract
