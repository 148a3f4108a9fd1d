#pragma once

#include <api/contract/requests.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace itsup::api::contract {

/// What a client of GET /ws sends:
/// `{"op":"subscribe","id":"s1","channel":"logs","project":"shop"}`.
enum class SocketOp { subscribe, unsubscribe, ping };
BOOST_DESCRIBE_ENUM(SocketOp, subscribe, unsubscribe, ping)

enum class SocketChannel { events, logs, deployment };
BOOST_DESCRIBE_ENUM(SocketChannel, events, logs, deployment)

/// Of a project with a thousand containers.
inline constexpr std::size_t socket_cursor_bytes_max = std::size_t{96} << 10U;
inline constexpr std::size_t socket_id_bytes_max = 64;

struct SocketMessage {
    SocketOp op = SocketOp::ping;
    /// The client's name for the subscription.
    std::string id;
    SocketChannel channel = SocketChannel::events;
    std::optional<std::string> project;
    std::optional<std::string> deployment;
    LogsQuery params;
    /// Where to go on: the `cursor` of the last frame that was read.
    std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(SocketMessage, (), (op, id, channel, project, deployment, params, cursor))

}  // namespace itsup::api::contract

namespace itsup::schema {

ITSUP_RULES(
    SocketMessage, {.name = "op", .required = true},
    {.name = "id", .length_max = contract::socket_id_bytes_max},
    {.name = "project", .length_min = 1, .length_max = 63, .pattern = contract::project_pattern},
    {.name = "deployment", .length_min = 36, .length_max = 36, .pattern = contract::uuid_pattern},
    {.name = "cursor", .length_max = contract::socket_cursor_bytes_max});

}  // namespace itsup::schema
