using System.Net;
using System.Net.Sockets;

namespace Crm.Shared.Integrations.Webhooks;

/// <summary>
/// Which addresses are somebody's on the internet: whoever may say where we call must not reach what only we can reach, our own network or the cloud's
/// metadata. By the registries of special addresses (IANA, RFC 6890).
/// </summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Azure's own, for the machines in it.
            "168.63.129.16/32",
            // Of the public half of IPv6: protocols, tunnels (they hold an IPv4 address) and examples. The other half is private, local, or not given out.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork Unicast = IPNetwork.Parse("2000::/3");

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return (address.AddressFamily == AddressFamily.InterNetwork || Unicast.Contains(address))
            && !Array.Exists(Special, network => network.Contains(address));
    }
}
