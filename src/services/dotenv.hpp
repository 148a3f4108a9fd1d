#pragma once

#include <base/result.hpp>
#include <config/secrets.hpp>

#include <string>

namespace itsup::services {

/// `.env` of a folder; empty where there is none. One that is there and cannot be read is an error:
/// it may say on which host something is changed (SSH_HOST). `environment` is what its `${NAME}`
/// may mean. Blocking.
base::Result<config::ParsedDotenv> read_dotenv(const std::string& folder,
                                               const config::DotenvMap& environment = {});

}  // namespace itsup::services
