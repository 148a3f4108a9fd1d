// A whole root from any bytes (a project file, a Compose file and itsup.yml, split at 0xff): what
// passes validation renders, and everything that was rendered is YAML.
#include <artifacts/proxy.hpp>
#include <artifacts/upstream.hpp>
#include <config/load.hpp>
#include <config/yaml_parser.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

void check(const itsup::artifacts::Rendered& rendered) {
    for (const auto& [path, artifact] : rendered.files) {
        if (!itsup::config::parse_yaml(artifact.bytes, path).ok())
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string rest(reinterpret_cast<const char*>(data), size);
    const auto take = [&rest] {
        const auto end = std::min(rest.find('\xff'), rest.size());
        auto part = rest.substr(0, end);
        rest.erase(0, end + 1);
        return part;
    };
    itsup::config::RootFiles files;
    files.projects.push_back({.name = "a", .compose = take(), .project = take()});
    files.projects.push_back({.name = "b", .compose = take(), .project = take()});
    files.itsup_yml = take();
    const auto loaded = itsup::config::load_root(files);
    if (!loaded.ok())
        return 0;
    itsup::artifacts::ProxyInputs inputs;
    inputs.letsencrypt_email = itsup::base::Secret("a@b.c");
    inputs.traefik_admin = itsup::base::Secret("a:$b");
    inputs.detected_router_ip = "192.168.1.1";
    check(itsup::artifacts::render_upstreams(loaded.config));
    check(itsup::artifacts::render_proxy(loaded.config, inputs));
    return 0;
}
