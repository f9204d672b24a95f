import com.android.apksig.ApkVerifier;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.cert.X509Certificate;
import java.security.interfaces.DSAPublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/**
 * What apksig says of many packages, in one virtual machine.
 *
 * Each line of standard input is a path. For each the answer is a line "package" with the path,
 * whether it is accepted, and whether the schemes v1, v2 and v3 verified; then a line "certificate"
 * for each signer. Fields are separated by tabs.
 */
public final class Apksigner {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new Pss());
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String path = input.readLine(); path != null; path = input.readLine()) {
            ApkVerifier.Result result;
            try {
                result = new ApkVerifier.Builder(new File(path)).build().verify();
            } catch (Exception error) {
                line("package", path, "false", "false", "false", "false", error.getClass().getSimpleName());
                continue;
            }
            line(
                    "package",
                    path,
                    String.valueOf(result.isVerified()),
                    String.valueOf(result.isVerifiedUsingV1Scheme()),
                    String.valueOf(result.isVerifiedUsingV2Scheme()),
                    String.valueOf(result.isVerifiedUsingV3Scheme()),
                    why(result));
            for (X509Certificate certificate : result.getSignerCertificates()) {
                certificate(certificate);
            }
        }
    }

    private static String why(ApkVerifier.Result result) {
        List<Object> errors = new ArrayList<>(result.getErrors());
        result.getV1SchemeSigners().forEach(signer -> errors.addAll(signer.getErrors()));
        result.getV2SchemeSigners().forEach(signer -> errors.addAll(signer.getErrors()));
        result.getV3SchemeSigners().forEach(signer -> errors.addAll(signer.getErrors()));
        return errors.isEmpty() ? "" : errors.get(0).toString().replaceAll("\\s+", " ");
    }

    private static void certificate(X509Certificate certificate) throws Exception {
        byte[] encoded = certificate.getEncoded();
        PublicKey key = certificate.getPublicKey();
        line(
                "certificate",
                hex(MessageDigest.getInstance("SHA-256").digest(encoded)),
                hex(MessageDigest.getInstance("SHA-1").digest(encoded)),
                name(certificate.getSubjectX500Principal()),
                name(certificate.getIssuerX500Principal()),
                hex(certificate.getSerialNumber().toByteArray()),
                certificate.getNotBefore().toInstant().toString(),
                certificate.getNotAfter().toInstant().toString(),
                key.getAlgorithm(),
                String.valueOf(size(key)));
    }

    private static String name(X500Principal principal) {
        return principal.getName(X500Principal.RFC2253, Map.of("1.2.840.113549.1.9.1", "EMAIL"));
    }

    private static int size(PublicKey key) {
        if (key instanceof RSAPublicKey) {
            return ((RSAPublicKey) key).getModulus().bitLength();
        } else if (key instanceof ECPublicKey) {
            return ((ECPublicKey) key).getParams().getCurve().getField().getFieldSize();
        }
        return ((DSAPublicKey) key).getParams().getP().bitLength();
    }

    private static String hex(byte[] bytes) {
        return String.format("%0" + 2 * bytes.length + "x", new BigInteger(1, bytes));
    }

    private static void line(String... fields) {
        System.out.println(String.join("\t", fields));
    }

    /** The names under which apksig asks for RSA with PSS, which the JDK knows under another one. */
    private static final class Pss extends Provider {
        Pss() {
            super("Pss", "1", "RSASSA-PSS by the names of Android");
            for (String name : new String[] {"SHA256withRSA/PSS", "SHA512withRSA/PSS"}) {
                putService(new Service(this, "Signature", name, PssSignature.class.getName(), null, null) {
                    @Override
                    public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
                        return new PssSignature();
                    }
                });
            }
        }
    }

    private static final class PssSignature extends SignatureSpi {
        private final Signature signature;

        PssSignature() throws NoSuchAlgorithmException {
            signature = Signature.getInstance("RSASSA-PSS");
        }

        @Override
        protected void engineInitVerify(PublicKey key) throws InvalidKeyException {
            signature.initVerify(key);
        }

        @Override
        protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
            signature.initSign(key);
        }

        @Override
        protected void engineUpdate(byte one) throws SignatureException {
            signature.update(one);
        }

        @Override
        protected void engineUpdate(byte[] bytes, int offset, int length) throws SignatureException {
            signature.update(bytes, offset, length);
        }

        @Override
        protected byte[] engineSign() throws SignatureException {
            return signature.sign();
        }

        @Override
        protected boolean engineVerify(byte[] bytes) throws SignatureException {
            return signature.verify(bytes);
        }

        @Override
        protected void engineSetParameter(AlgorithmParameterSpec parameters)
                throws InvalidAlgorithmParameterException {
            signature.setParameter(parameters);
        }

        @Override
        protected AlgorithmParameters engineGetParameters() {
            return signature.getParameters();
        }

        @Override
        protected void engineSetParameter(String name, Object value) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected Object engineGetParameter(String name) {
            throw new UnsupportedOperationException();
        }
    }
}
