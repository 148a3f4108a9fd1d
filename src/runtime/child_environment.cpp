#include <runtime/child_environment.hpp>

namespace itsup::runtime {

std::map<std::string, std::string> child_environment(
    const std::vector<std::string>& entries, const std::function<bool(std::string_view)>& wanted) {
    std::map<std::string, std::string> out;
    for (const auto& entry : entries) {
        const auto equals = entry.find('=');
        const auto name = entry.substr(0, equals);
        if (equals != std::string::npos && (name == "PATH" || name == "HOME" || wanted(name))) {
            out.emplace(name, entry.substr(equals + 1));
        }
    }
    out.try_emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    out.try_emplace("HOME", "/root");
    return out;
}

}  // namespace itsup::runtime
