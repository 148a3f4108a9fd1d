#pragma once

#include <api/contract/shapes.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::api::contract {

inline constexpr std::string_view project_pattern = "[a-z0-9][a-z0-9_-]{0,62}";
inline constexpr std::string_view service_pattern = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}";
inline constexpr std::string_view uuid_pattern =
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

struct NamePath {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(NamePath, (), (name))

struct ServicePath {
    std::string name;
    std::string service;
};
BOOST_DESCRIBE_STRUCT(ServicePath, (), (name, service))

struct IdPath {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(IdPath, (), (id))

struct SchemaPath {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(SchemaPath, (), (name))

struct PageQuery {
    int limit = 100;
    std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, cursor))

struct DeploymentPageQuery {
    int limit = 50;
    std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(DeploymentPageQuery, (), (limit, cursor))

struct ProjectsQuery {
    int limit = 1000;
    std::optional<std::string> cursor;
    std::vector<std::string> status;
};
BOOST_DESCRIBE_STRUCT(ProjectsQuery, (), (limit, cursor, status))

struct DeploymentsQuery {
    int limit = 50;
    std::optional<std::string> cursor;
    std::optional<std::string> project;
    std::optional<std::string> state;
};
BOOST_DESCRIBE_STRUCT(DeploymentsQuery, (), (limit, cursor, project, state))

struct LogsQuery {
    bool follow = false;
    std::optional<int> tail;
    /// RFC 3339, or a duration back from now (`10m`).
    std::optional<std::string> since;
    std::optional<std::string> until;
    std::vector<std::string> service;
    std::optional<std::string> stream;
    std::optional<std::string> grep;
    bool invert = false;
    bool timestamps = false;
    std::vector<std::string> level;
};
BOOST_DESCRIBE_STRUCT(LogsQuery, (),
                      (follow, tail, since, until, service, stream, grep, invert, timestamps,
                       level))

struct FollowQuery {
    bool follow = true;
    std::optional<std::int64_t> after;
};
BOOST_DESCRIBE_STRUCT(FollowQuery, (), (follow, after))

struct EventsQuery {
    std::optional<std::int64_t> after;
};
BOOST_DESCRIBE_STRUCT(EventsQuery, (), (after))

struct StatsQuery {
    bool follow = false;
};
BOOST_DESCRIBE_STRUCT(StatsQuery, (), (follow))

struct WebhookPath {
    std::string provider;
};
BOOST_DESCRIBE_STRUCT(WebhookPath, (), (provider))

struct WebhookQuery {
    std::optional<std::string> project;
    std::optional<std::string> service;
    std::optional<std::string> branch;
};
BOOST_DESCRIBE_STRUCT(WebhookQuery, (), (project, service, branch))

struct UpdatePath {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(UpdatePath, (), (name))

struct OlderKeyQuery {
    std::vector<std::string> apikey;
};
BOOST_DESCRIBE_STRUCT(OlderKeyQuery, (), (apikey))

struct DeployRequest {
    std::vector<std::string> services;
    bool force = false;
    bool pull = true;
    bool dry_run = false;
};
BOOST_DESCRIBE_STRUCT(DeployRequest, (), (services, force, pull, dry_run))

struct UpRequest {
    std::vector<std::string> services;
    bool force = false;
    bool pull = true;
};
BOOST_DESCRIBE_STRUCT(UpRequest, (), (services, force, pull))

struct ActionRequest {
    std::vector<std::string> services;
};
BOOST_DESCRIBE_STRUCT(ActionRequest, (), (services))

struct LoginRequest {
    std::string token;
};
BOOST_DESCRIBE_STRUCT(LoginRequest, (), (token))

}  // namespace itsup::api::contract

namespace itsup::schema {

namespace contract = api::contract;

#define ITSUP_RULES(type, ...)                                    \
    template <>                                                   \
    struct Rules<contract::type> {                                \
        static constexpr FieldRule list[] = {__VA_ARGS__};        \
        static constexpr std::span<const FieldRule> fields{list}; \
        static constexpr std::string_view description{};          \
    }

ITSUP_RULES(NamePath, {.name = "name",
                       .description = "The project's or stack's name.",
                       .required = true,
                       .length_min = 1,
                       .length_max = 63,
                       .pattern = contract::project_pattern,
                       .example = "\"shop\""});
ITSUP_RULES(ServicePath,
            {.name = "name",
             .description = "The project's name.",
             .required = true,
             .length_min = 1,
             .length_max = 63,
             .pattern = contract::project_pattern,
             .example = "\"shop\""},
            {.name = "service",
             .description = "The Compose service's name.",
             .required = true,
             .length_min = 1,
             .length_max = 128,
             .pattern = contract::service_pattern,
             .example = "\"web\""});
ITSUP_RULES(IdPath, {.name = "id",
                     .description = "The deployment's id, a UUIDv7.",
                     .required = true,
                     .length_min = 36,
                     .length_max = 36,
                     .pattern = contract::uuid_pattern,
                     .example = "\"01890a5d-ac96-774b-bcce-b302099a8057\"",
                     .format = "uuid"});

ITSUP_RULES(SchemaPath, {.name = "name",
                         .description = "One of the names that `itsup schema` lists.",
                         .required = true,
                         .length_min = 1,
                         .length_max = 40,
                         .pattern = "[a-z-]+",
                         .example = "\"itsup-project\""});

inline constexpr FieldRule limit_rule{
    .name = "limit", .description = "At most so many items.", .minimum = 1, .maximum = 1000};
inline constexpr FieldRule cursor_rule{.name = "cursor",
                                       .description = "`next_cursor` of the page before.",
                                       .length_min = 1,
                                       .length_max = 200,
                                       .pattern = "([0-9a-f]{2})+"};
/// Tokens are visible ASCII: anything else was mangled on its way.
inline constexpr std::string_view token_pattern = "[!-~]+";
ITSUP_RULES(PageQuery, limit_rule, cursor_rule);
ITSUP_RULES(ProjectsQuery, limit_rule, cursor_rule,
            {.name = "status",
             .description = "Only projects with one of these.",
             .length_max = 32,
             .pattern = "running|degraded|stopped|deploying|not_deployed|disabled|invalid|unknown|"
                        "reachable|unreachable",
             .items_max = 10});
inline constexpr FieldRule id_cursor_rule{.name = "cursor",
                                          .description = "`next_cursor` of the page before.",
                                          .length_min = 36,
                                          .length_max = 36,
                                          .pattern = contract::uuid_pattern};
ITSUP_RULES(DeploymentPageQuery, limit_rule, id_cursor_rule);
ITSUP_RULES(DeploymentsQuery, limit_rule, id_cursor_rule,
            {.name = "project",
             .description = "Only this project's.",
             .length_min = 1,
             .length_max = 63,
             .pattern = contract::project_pattern},
            {.name = "state",
             .description = "Only those in this state.",
             .length_max = 32,
             .pattern = "queued|running|cancelling|succeeded|failed|cancelled|interrupted"});

/// Only the 29th of a February without one matches and is refused all the same.
inline constexpr std::string_view when_pattern =
    "[0-9]{1,10}(ms|s|m|h|d)|"
    "(1[7-9][0-9]{2}|2[01][0-9]{2})-"
    "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)[Tt ]"
    "([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]{1,9})?"
    "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
inline constexpr std::string_view when_words = "an RFC 3339 time or a duration such as 10m";
ITSUP_RULES(
    LogsQuery, {.name = "follow", .description = "Go on with lines as they arrive."},
    {.name = "tail",
     .description = "So many of the newest lines; all when absent and not following, else 100.",
     .minimum = 0,
     .maximum = 100'000},
    {.name = "since",
     .description = "RFC 3339 time, or a duration back from now such as 10m.",
     .length_min = 1,
     .length_max = 64,
     .pattern = when_pattern,
     .pattern_words = when_words,
     .example = "\"10m\""},
    {.name = "until",
     .description = "RFC 3339 time, or a duration back from now.",
     .length_min = 1,
     .length_max = 64,
     .pattern = when_pattern,
     .pattern_words = when_words},
    {.name = "service",
     .description = "Only these services; may repeat.",
     .length_min = 1,
     .length_max = 128,
     .pattern = contract::service_pattern,
     .items_max = 100},
    {.name = "stream",
     .description = "Only this output.",
     .length_max = 32,
     .pattern = "stdout|stderr"},
    {.name = "grep",
     .description = "Only lines that match this RE2 expression.",
     .length_min = 1,
     .length_max = 1000},
    {.name = "invert", .description = "Only lines that do not match `grep`."},
    {.name = "timestamps", .description = "text/plain only: the time in front of each line."},
    {.name = "level",
     .description = "Only lines of these levels; may repeat.",
     .length_max = 32,
     .pattern = "error|warn|info|debug",
     .items_max = 4});
inline constexpr FieldRule after_rule{
    .name = "after", .description = "Resume after this event number.", .minimum = 0};
ITSUP_RULES(FollowQuery,
            {.name = "follow", .description = "Go on until the end; else what there is."},
            after_rule);
ITSUP_RULES(EventsQuery, after_rule);
ITSUP_RULES(StatsQuery, {.name = "follow", .description = "Go on with a sample a second."});

ITSUP_RULES(WebhookPath, {.name = "provider",
                          .description = "Who sends it.",
                          .required = true,
                          .pattern = "github|gitlab|gitea|generic",
                          .example = "\"github\""});
ITSUP_RULES(WebhookQuery,
            {.name = "project",
             .description = "Deploy this project; without it, reconcile.",
             .length_min = 1,
             .length_max = 63,
             .pattern = contract::project_pattern},
            {.name = "service",
             .description = "Only this service of the project.",
             .length_min = 1,
             .length_max = 128,
             .pattern = contract::service_pattern},
            {.name = "branch",
             .description = "Only pushes to this branch; without it, the one that is checked out "
                            "(reconcile) or the repository's default (a project).",
             .length_min = 1,
             .length_max = 200});
ITSUP_RULES(UpdatePath, {.name = "name",
                         .description = "The project's name; `itsUP` for everything.",
                         .required = true,
                         .length_min = 1,
                         .length_max = 63,
                         .pattern = "itsUP|[a-z0-9][a-z0-9_-]{0,62}",
                         .example = "\"shop\""});
ITSUP_RULES(OlderKeyQuery,
            {.name = "apikey",
             .description = "The key, where it cannot be sent in a header field. The "
                            "last one counts.",
             .length_max = 4096,
             .items_max = 10,
             .format = "password"});

inline constexpr FieldRule services_rule{.name = "services",
                                         .description = "Only these services; all when empty.",
                                         .length_min = 1,
                                         .length_max = 128,
                                         .pattern = contract::service_pattern,
                                         .items_max = 100,
                                         .example = "[\"web\"]"};
ITSUP_RULES(
    DeployRequest, services_rule,
    {.name = "force", .description = "Replace containers even when nothing changed."},
    {.name = "pull",
     .description = "Pull images first; a pull that fails is told and passed over "
                    "when the image is here."},
    {.name = "dry_run",
     .description = "Only say what would be done: nothing changes, the answer has no Location "
                    "and is not kept."});
ITSUP_RULES(UpRequest, services_rule,
            {.name = "force", .description = "Replace containers even when nothing changed."},
            {.name = "pull", .description = "Pull images first."});
ITSUP_RULES(ActionRequest, services_rule);
ITSUP_RULES(LoginRequest, {.name = "token",
                           .description = "The admin token of secrets/itsup.txt.",
                           .required = true,
                           .length_min = 1,
                           .length_max = 4096,
                           .pattern = token_pattern,
                           .format = "password"});

}  // namespace itsup::schema
