#pragma once

#include <base/result.hpp>
#include <docker/engine.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace itsup::docker {

/// The real engine. `host` is what DOCKER_HOST holds: `unix:///var/run/docker.sock` or
/// `tcp://127.0.0.1:2375`; another form is `invalid`. Connects at the first call, agrees on an API
/// version then, and again after the engine was away.
base::Result<std::unique_ptr<Engine>> make_engine(std::string_view host);

/// What is spoken with an engine that says it can `engine_version`: never more than we know.
std::string choose_api_version(std::string_view engine_version);

}  // namespace itsup::docker
