// What the compiler asks for and .NET Standard 2.0 lacks: init accessors and list patterns.
#pragma warning disable IDE0130 // the namespaces are the platform's

namespace System.Runtime.CompilerServices
{
    internal static class IsExternalInit;
}

namespace System
{
    internal readonly struct Index(int value, bool fromEnd = false)
    {
        public int GetOffset(int length) => fromEnd ? length - value : value;

        public static implicit operator Index(int value) => new(value);
    }
}
