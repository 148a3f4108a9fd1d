#pragma once

#include <base/result.hpp>
#include <net/endpoint.hpp>
#include <runtime/child_process.hpp>
#include <services/install_root.hpp>

#include <optional>
#include <string>

namespace itsup::services {

/// Who works on a root now: the daemon, or a command that does the daemon's work while none runs.
struct RootHolder {
    int pid = 0;
    /// Where it answers; nullopt for a command, which answers nowhere.
    std::optional<net::Endpoint> address;
};

/// The right to deploy in a root, held by one process at a time (data/itsup.lock). The kernel gives
/// it back when the holder ends, however it ends. All calls block, but not for the lock.
class RootLock {
  public:
    /// nullopt while somebody else holds it.
    static base::Result<std::optional<RootLock>> try_take(const InstallRoot& root);
    /// Who holds it; nullopt when nobody does.
    static base::Result<std::optional<RootHolder>> holder(const InstallRoot& root);

    /// Tells others where we answer.
    [[nodiscard]] base::Result<> announce(const std::optional<net::Endpoint>& address) const;

  private:
    explicit RootLock(runtime::FileDescriptor fd) : fd_(std::move(fd)) {}

    runtime::FileDescriptor fd_;
};

/// `conflict`, naming the holder, when `lock` is not ours.
base::Error held_by_another(const InstallRoot& root);

}  // namespace itsup::services
