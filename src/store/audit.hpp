#pragma once

#include <base/clock.hpp>
#include <runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::store {

class Database;

/// Who did what, when, from where, with what result. `result` is `open` until close().
struct AuditEntry {
    /// UUIDv7.
    std::string id;
    base::Timestamp time;
    std::string actor;
    /// The endpoint's audit verb, `project.deploy`.
    std::string verb;
    /// The project or stack; may be empty.
    std::string project;
    /// What else it was about: a deployment's id, a file.
    std::string target;
    std::string request_id;
    /// The client's address.
    std::string remote;
    /// `open`, `ok`, or an ErrorKind's name.
    std::string result = "open";
    std::string message;
    bool operator==(const AuditEntry&) const = default;
};

struct AuditFilter {
    std::optional<std::string> actor;
    std::optional<std::string> verb;
    std::optional<std::string> project;
    std::optional<std::string> result;
    std::optional<base::Timestamp> since;
    std::optional<base::Timestamp> until;
    std::optional<std::string> cursor;
    std::size_t limit = 50;
};

/// Newest first.
struct AuditPage {
    std::vector<AuditEntry> items;
    std::optional<std::string> next_cursor;
};

/// Append-only but for the result of an open entry, and for the oldest beyond `entries_max`, which
/// go from time to time. Of `anonymous` a tenth is kept: who is nobody must not be able to push out
/// what others did. A failure to append means that the audited action must not be done.
class Audit {
  public:
    static constexpr std::size_t entries_max = 200'000;
    static constexpr std::size_t page_max = 1000;
    /// The actor of what is asked for without a credential.
    static constexpr std::string_view anonymous = "anonymous";

    /// Appends between two looks at what is too old.
    static constexpr std::size_t prune_every = 100;

    explicit Audit(Database& database, std::size_t most = entries_max)
        : database_(database), entries_max_(most) {}

    runtime::Task<> append(AuditEntry entry);
    /// Sets the result of an open entry, once. `project`, `target` and `actor` replace when not
    /// empty.
    runtime::Task<> close(AuditEntry entry);
    runtime::Task<AuditPage> list(AuditFilter filter);

  private:
    Database& database_;
    std::size_t entries_max_;
    std::size_t appended_ = 0;
};

}  // namespace itsup::store
