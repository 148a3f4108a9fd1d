#pragma once

#include <access/authenticator.hpp>
#include <runtime/task.hpp>

#include <vector>

namespace itsup::store {

class Database;

/// The web app's sessions, so that a restart logs nobody out. Holds hashes only: nothing here opens
/// a session.
class Sessions {
  public:
    explicit Sessions(Database& database) : database_(database) {}

    /// Most recently used first.
    runtime::Task<std::vector<access::Session>> all();
    /// Exactly these from now on.
    runtime::Task<> replace(std::vector<access::Session> sessions);

  private:
    Database& database_;
};

}  // namespace itsup::store
