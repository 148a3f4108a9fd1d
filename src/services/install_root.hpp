#pragma once
// services/: the use cases, one file per noun: authorised by a value, they act and publish. The
// only place where config, docker, deploy, live and store meet. It knows no HTTP and no JSON.

#include <model/names.hpp>

#include <string>
#include <string_view>

namespace itsup::services {

/// Where everything of an installation lies (contract §1). Absolute, without a trailing slash.
struct InstallRoot {
    std::string path;

    [[nodiscard]] std::string projects() const { return path + "/projects"; }
    [[nodiscard]] std::string secrets() const { return path + "/secrets"; }
    [[nodiscard]] std::string proxy() const { return path + "/proxy"; }
    [[nodiscard]] std::string dns() const { return path + "/dns"; }
    [[nodiscard]] std::string data() const { return path + "/data"; }
    [[nodiscard]] std::string logs() const { return path + "/logs"; }
    [[nodiscard]] std::string database() const { return data() + "/itsup.db"; }
    [[nodiscard]] std::string traefik_dynamic() const { return proxy() + "/traefik/dynamic"; }
    [[nodiscard]] std::string upstream(const model::ProjectName& project) const {
        return path + "/upstream/" + project.str();
    }
    /// The folder of a stack's compose file: dns, proxy, or upstream/P.
    [[nodiscard]] std::string stack(const model::ProjectName& name) const {
        if (name.view() == "dns") {
            return dns();
        }
        return name.view() == "proxy" ? proxy() : upstream(name);
    }
};

}  // namespace itsup::services
