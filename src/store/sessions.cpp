#include <store/database.hpp>
#include <store/sessions.hpp>

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <string>
#include <utility>

namespace itsup::store {

namespace {

std::string to_hex(const std::string& bytes) {
    std::string out;
    for (const unsigned char byte : bytes) {
        fmt::format_to(std::back_inserter(out), "{:02x}", byte);
    }
    return out;
}

std::string from_hex(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        unsigned byte = 0;
        std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        out += static_cast<char>(byte);
    }
    return out;
}

base::Result<> insert(Connection& connection, const access::Session& session) {
    TRY(auto statement,
        connection.prepare("INSERT INTO sessions (id_hash, token_mark, name, role, created_at, "
                           "last_used_at) VALUES (?, ?, ?, ?, ?, ?)"));
    return statement.bind(to_hex(session.id_hash))
        .bind(to_hex(session.token_mark))
        .bind(session.caller.name)
        .bind(model::to_string(session.caller.role))
        .bind(session.created_at)
        .bind(session.last_used_at)
        .run();
}

base::Result<std::vector<access::Session>> read_all(Connection& connection) {
    TRY(auto rows, connection.prepare("SELECT id_hash, token_mark, name, role, created_at, "
                                      "last_used_at FROM sessions ORDER BY last_used_at DESC"));
    std::vector<access::Session> out;
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) {
            return out;
        }
        access::Session session{.id_hash = from_hex(rows.text(0)),
                                .token_mark = from_hex(rows.text(1)),
                                .created_at = rows.time(4),
                                .last_used_at = rows.time(5)};
        // A role that is none (a newer daemon's) may do the least.
        session.caller = {.name = rows.text(2),
                          .role = model::parse_role(rows.text(3)).value_or(model::Role::viewer),
                          .kind = access::CredentialKind::session,
                          .session_id = session.id_hash};
        out.push_back(std::move(session));
    }
}

}  // namespace

runtime::Task<std::vector<access::Session>> Sessions::all() {
    auto work = [](Connection& connection) { return read_all(connection); };
    co_return co_await database_.read(work);
}

runtime::Task<> Sessions::replace(std::vector<access::Session> sessions) {
    auto work = [sessions = std::move(sessions)](Connection& connection) -> base::Result<> {
        TRY_VOID(connection.execute("DELETE FROM sessions"));
        for (const auto& session : sessions) {
            TRY_VOID(insert(connection, session));
        }
        return {};
    };
    co_return co_await database_.write(std::move(work));
}

}  // namespace itsup::store
