#pragma once

#include <base/result.hpp>
#include <docker/engine_types.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::docker {

/// The engine's JSON → our structs. Pure. What is missing keeps its default, because engines
/// differ; only text that is no JSON of the expected outer shape is an error (`malformed`).
base::Result<EngineVersion> parse_version(std::string_view json);
base::Result<std::vector<model::Container>> parse_container_list(std::string_view json);
base::Result<ContainerDetails> parse_container_details(std::string_view json);
base::Result<ImageDetails> parse_image(std::string_view json);
base::Result<NetworkDetails> parse_network(std::string_view json);
/// `{"Id": …}` of a create.
base::Result<std::string> parse_id(std::string_view json);
/// nullopt for an event that is none of a container.
base::Result<std::optional<EngineEvent>> parse_event(std::string_view json);
base::Result<StatsSample> parse_stats(std::string_view json);
/// `{"message": …}`, else the text itself, cut to one short line.
std::string parse_message(std::string_view body);

/// Sets project, service, number, one-off and config hash from the labels.
void take_compose_labels(model::Container& container);

std::string write_network(const NetworkSpec& spec);

}  // namespace itsup::docker
