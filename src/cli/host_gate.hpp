#pragma once

#include <cli/context.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::cli {

/// Whether SSH_HOST means this machine: one of its names or addresses, or a name that resolves to
/// one. Blocking when it is a name.
bool is_this_host(std::string_view ssh_host, const std::vector<std::string>& own);

/// The configuration may be checked out on a notebook too: where `.env` names the host (SSH_HOST)
/// and it is not this one, nothing is deployed or stopped here. Without SSH_HOST there is no gate.
base::Result<> check_host(const Installation& installation);

}  // namespace itsup::cli
