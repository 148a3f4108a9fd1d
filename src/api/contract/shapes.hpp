#pragma once
// api/contract/: the wire. Shapes that clients rely on (fields may be added, never renamed or
// retyped) and one declaration per endpoint. It must not know of handlers, services or HTTP
// libraries.

#include <base/clock.hpp>
#include <schema/json_schema.hpp>
#include <schema/rules.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::api::contract {

/// No members: no body, no query, or an answer of 204.
struct None {};
BOOST_DESCRIBE_STRUCT(None, (), ())

struct ProblemView {
    std::string severity;
    std::string file;
    int line = 0;
    int column = 0;
    std::string path;
    std::string message;
    std::string hint;
};
BOOST_DESCRIBE_STRUCT(ProblemView, (), (severity, file, line, column, path, message, hint))

struct ServiceTotals {
    int total = 0;
    int running = 0;
    int healthy = 0;
};
BOOST_DESCRIBE_STRUCT(ServiceTotals, (), (total, running, healthy))

struct LastDeployment {
    std::string id;
    std::string state;
    std::optional<base::Timestamp> finished_at;
};
BOOST_DESCRIBE_STRUCT(LastDeployment, (), (id, state, finished_at))

struct ProjectView {
    std::string name;
    std::string kind;
    bool enabled = true;
    std::string status;
    bool drift = false;
    ServiceTotals services;
    std::vector<std::string> domains;
    std::optional<LastDeployment> last_deployment;
    std::vector<ProblemView> problems;
};
BOOST_DESCRIBE_STRUCT(ProjectView, (),
                      (name, kind, enabled, status, drift, services, domains, last_deployment,
                       problems))

struct ProjectList {
    std::vector<ProjectView> items;
    std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ProjectList, (), (items, next_cursor))

struct PortView {
    std::string ip;
    int host_port = 0;
    int container_port = 0;
    std::string protocol;
};
BOOST_DESCRIBE_STRUCT(PortView, (), (ip, host_port, container_port, protocol))

struct ContainerView {
    std::string id;
    std::string name;
    int number = 0;
    std::string state;
    std::string health;
    std::optional<int> exit_code;
    int restart_count = 0;
    std::optional<base::Timestamp> started_at;
    std::string image_id;
    std::vector<PortView> ports;
    std::map<std::string, std::string> networks;
};
BOOST_DESCRIBE_STRUCT(ContainerView, (),
                      (id, name, number, state, health, exit_code, restart_count, started_at,
                       image_id, ports, networks))

struct ReplicasView {
    int wanted = 0;
    int running = 0;
    int healthy = 0;
};
BOOST_DESCRIBE_STRUCT(ReplicasView, (), (wanted, running, healthy))

struct ServiceView {
    std::string name;
    std::string status;
    ReplicasView replicas;
    std::string image;
    std::vector<std::string> domains;
    std::vector<ContainerView> containers;
};
BOOST_DESCRIBE_STRUCT(ServiceView, (), (name, status, replicas, image, domains, containers))

struct ServiceList {
    std::vector<ServiceView> items;
    std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ServiceList, (), (items, next_cursor))

struct ProjectDetail {
    std::string name;
    std::string kind;
    bool enabled = true;
    std::string status;
    bool drift = false;
    ServiceTotals services;
    std::vector<std::string> domains;
    std::optional<LastDeployment> last_deployment;
    std::vector<ProblemView> problems;
    std::vector<ServiceView> service_details;
    std::vector<std::string> networks;
    std::vector<std::string> egress;
    std::optional<std::string> host;
};
BOOST_DESCRIBE_STRUCT(ProjectDetail, (),
                      (name, kind, enabled, status, drift, services, domains, last_deployment,
                       problems, service_details, networks, egress, host))

struct ValidationReport {
    bool valid = true;
    std::vector<ProblemView> problems;
};
BOOST_DESCRIBE_STRUCT(ValidationReport, (), (valid, problems))

struct ReasonView {
    std::string what;
    std::string from;
    std::string to;
};
BOOST_DESCRIBE_STRUCT(ReasonView, (), (what, from, to))

struct ServicePlanView {
    std::string name;
    std::string action;
    std::vector<ReasonView> reasons;
    std::vector<std::string> risks;
};
BOOST_DESCRIBE_STRUCT(ServicePlanView, (), (name, action, reasons, risks))

struct FilePlanView {
    std::string path;
    std::string diff;
};
BOOST_DESCRIBE_STRUCT(FilePlanView, (), (path, diff))

struct PlanView {
    std::string id;
    std::string project;
    std::vector<ServicePlanView> services;
    std::vector<FilePlanView> files;
    std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(PlanView, (), (id, project, services, files, warnings))

struct DeploymentServiceView {
    std::string name;
    std::string action;
    std::string state;
};
BOOST_DESCRIBE_STRUCT(DeploymentServiceView, (), (name, action, state))

struct DeploymentStepView {
    std::int64_t seq = 0;
    std::string name;
    std::string service;
    std::string state;
    base::Timestamp started_at;
    std::optional<base::Timestamp> finished_at;
};
BOOST_DESCRIBE_STRUCT(DeploymentStepView, (), (seq, name, service, state, started_at, finished_at))

struct DeploymentErrorView {
    std::string step;
    std::string service;
    std::string message;
    std::vector<std::string> health;
    std::vector<std::string> last_lines;
};
BOOST_DESCRIBE_STRUCT(DeploymentErrorView, (), (step, service, message, health, last_lines))

struct DeploymentView {
    std::string id;
    std::string project;
    std::string action;
    std::string state;
    std::string actor;
    std::string cause;
    std::string request_id;
    base::Timestamp created_at;
    std::optional<base::Timestamp> started_at;
    std::optional<base::Timestamp> finished_at;
    std::vector<DeploymentServiceView> services;
    std::vector<DeploymentStepView> steps;
    std::optional<DeploymentErrorView> error;
};
BOOST_DESCRIBE_STRUCT(DeploymentView, (),
                      (id, project, action, state, actor, cause, request_id, created_at, started_at,
                       finished_at, services, steps, error))

struct DeploymentList {
    std::vector<DeploymentView> items;
    std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(DeploymentList, (), (items, next_cursor))

struct StackView {
    std::string name;
    std::string kind;
    std::string status;
    std::vector<ServiceView> services;
};
BOOST_DESCRIBE_STRUCT(StackView, (), (name, kind, status, services))

struct StackList {
    std::vector<StackView> items;
    std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(StackList, (), (items, next_cursor))

struct RepositoryChangeView {
    std::string name;
    std::string branch;
    std::string before;
    std::string after;
    std::string subject;
};
BOOST_DESCRIBE_STRUCT(RepositoryChangeView, (), (name, branch, before, after, subject))

struct ReconcileTargetView {
    std::string name;
    std::string state;
    std::optional<std::string> deployment_id;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(ReconcileTargetView, (), (name, state, deployment_id, message))

struct ReconcileRunView {
    std::string id;
    std::string state;
    std::string cause;
    std::string actor;
    std::string request_id;
    bool everything = false;
    int triggers = 1;
    base::Timestamp created_at;
    std::optional<base::Timestamp> started_at;
    std::optional<base::Timestamp> finished_at;
    std::vector<RepositoryChangeView> repositories;
    std::vector<ReconcileTargetView> targets;
    std::optional<std::string> error;
};
BOOST_DESCRIBE_STRUCT(ReconcileRunView, (),
                      (id, state, cause, actor, request_id, everything, triggers, created_at,
                       started_at, finished_at, repositories, targets, error))

struct ReconcileRunList {
    std::vector<ReconcileRunView> items;
    std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ReconcileRunList, (), (items, next_cursor))

struct CommitView {
    std::string revision;
    std::string author;
    std::string subject;
    base::Timestamp time;
};
BOOST_DESCRIBE_STRUCT(CommitView, (), (revision, author, subject, time))

struct RepositoryView {
    std::string name;
    bool is_repository = false;
    std::string branch;
    std::string upstream;
    /// The revision whose changes are applied; empty before the first run.
    std::string running;
    /// What the remote wants as far as it is known, else what is checked out.
    std::string wanted;
    std::optional<CommitView> commit;
    int ahead = 0;
    int behind = 0;
    std::vector<std::string> uncommitted;
    std::string error;
    std::optional<base::Timestamp> looked_at;
};
BOOST_DESCRIBE_STRUCT(RepositoryView, (),
                      (name, is_repository, branch, upstream, running, wanted, commit, ahead,
                       behind, uncommitted, error, looked_at))

struct ReconcileView {
    bool drift = false;
    std::vector<RepositoryView> repositories;
    /// Stacks that a revision changed and that have not been deployed since.
    std::vector<std::string> pending;
    /// Projects whose artifacts differ from their files.
    std::vector<std::string> differing;
    std::optional<ReconcileRunView> running;
    std::optional<ReconcileRunView> waiting;
    std::optional<ReconcileRunView> last;
};
BOOST_DESCRIBE_STRUCT(ReconcileView, (),
                      (drift, repositories, pending, differing, running, waiting, last))

struct WebhookView {
    std::string result;
    std::string message;
    /// Where to look for what was started.
    std::optional<std::string> location;
};
BOOST_DESCRIBE_STRUCT(WebhookView, (), (result, message, location))

struct CheckView {
    std::string status;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(CheckView, (), (status, detail))

struct ChecksView {
    CheckView docker;
    CheckView compose;
    CheckView store;
    CheckView network;
    CheckView secrets;
    /// The files of the root itself, and what the proxy needs.
    CheckView configuration;
    CheckView disk;
};
BOOST_DESCRIBE_STRUCT(ChecksView, (),
                      (docker, compose, store, network, secrets, configuration, disk))

struct HealthView {
    std::string status;
    std::string version;
    std::int64_t uptime_s = 0;
    ChecksView checks;
};
BOOST_DESCRIBE_STRUCT(HealthView, (), (status, version, uptime_s, checks))

struct VersionView {
    std::string version;
    std::string commit;
    std::string build;
    int api_level = 1;
};
BOOST_DESCRIBE_STRUCT(VersionView, (), (version, commit, build, api_level))

struct MeView {
    std::string name;
    std::string role;
    std::string credential;
};
BOOST_DESCRIBE_STRUCT(MeView, (), (name, role, credential))

struct FieldProblem {
    std::string pointer;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(FieldProblem, (), (pointer, detail))

/// RFC 9457.
struct ProblemDocument {
    std::string type;
    std::string title;
    int status = 500;
    std::string detail;
    std::string instance;
    std::string request_id;
    std::vector<FieldProblem> errors;
};
BOOST_DESCRIBE_STRUCT(ProblemDocument, (),
                      (type, title, status, detail, instance, request_id, errors))

}  // namespace itsup::api::contract

#define ITSUP_SCHEMA_NAME(type, name)                              \
    template <>                                                    \
    struct itsup::schema::SchemaName<itsup::api::contract::type> { \
        static constexpr std::string_view value = name;            \
    }
ITSUP_SCHEMA_NAME(ProblemView, "FileProblem");
ITSUP_SCHEMA_NAME(ServiceTotals, "ServiceTotals");
ITSUP_SCHEMA_NAME(LastDeployment, "LastDeployment");
ITSUP_SCHEMA_NAME(ProjectView, "Project");
ITSUP_SCHEMA_NAME(ProjectList, "ProjectList");
ITSUP_SCHEMA_NAME(PortView, "Port");
ITSUP_SCHEMA_NAME(ContainerView, "Container");
ITSUP_SCHEMA_NAME(ReplicasView, "Replicas");
ITSUP_SCHEMA_NAME(ServiceView, "Service");
ITSUP_SCHEMA_NAME(ServiceList, "ServiceList");
ITSUP_SCHEMA_NAME(ProjectDetail, "ProjectDetail");
ITSUP_SCHEMA_NAME(ValidationReport, "ValidationReport");
ITSUP_SCHEMA_NAME(ReasonView, "Reason");
ITSUP_SCHEMA_NAME(ServicePlanView, "ServicePlan");
ITSUP_SCHEMA_NAME(FilePlanView, "FilePlan");
ITSUP_SCHEMA_NAME(PlanView, "Plan");
ITSUP_SCHEMA_NAME(DeploymentServiceView, "DeploymentService");
ITSUP_SCHEMA_NAME(DeploymentStepView, "DeploymentStep");
ITSUP_SCHEMA_NAME(DeploymentErrorView, "DeploymentError");
ITSUP_SCHEMA_NAME(DeploymentView, "Deployment");
ITSUP_SCHEMA_NAME(DeploymentList, "DeploymentList");
ITSUP_SCHEMA_NAME(StackView, "Stack");
ITSUP_SCHEMA_NAME(StackList, "StackList");
ITSUP_SCHEMA_NAME(RepositoryChangeView, "RepositoryChange");
ITSUP_SCHEMA_NAME(ReconcileTargetView, "ReconcileTarget");
ITSUP_SCHEMA_NAME(ReconcileRunView, "ReconcileRun");
ITSUP_SCHEMA_NAME(ReconcileRunList, "ReconcileRunList");
ITSUP_SCHEMA_NAME(CommitView, "Commit");
ITSUP_SCHEMA_NAME(RepositoryView, "Repository");
ITSUP_SCHEMA_NAME(ReconcileView, "Reconcile");
ITSUP_SCHEMA_NAME(WebhookView, "WebhookResult");
ITSUP_SCHEMA_NAME(CheckView, "Check");
ITSUP_SCHEMA_NAME(ChecksView, "Checks");
ITSUP_SCHEMA_NAME(HealthView, "Health");
ITSUP_SCHEMA_NAME(VersionView, "Version");
ITSUP_SCHEMA_NAME(MeView, "Me");
ITSUP_SCHEMA_NAME(FieldProblem, "FieldProblem");
ITSUP_SCHEMA_NAME(ProblemDocument, "Problem");
